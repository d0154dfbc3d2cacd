"""From a config file to what is written down of it (`InForce`), and from that to what it says."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from extproc.config import source
from extproc.config.environment import DIRECTORY
from extproc.config.load import Loaded, loads
from extproc.serving.in_force import InForce


def read(
    file: Path, environ: Mapping[str, str], generation: int, *, require_secrets: bool
) -> tuple[InForce, Loaded]:
    """What `file` says now, in `environ`. Raises `ConfigError`."""
    text = source.read(file)
    loaded = loads(
        text,
        environ,
        file=str(file),
        directory=Path(_directory(file, environ)),
        generation=generation,
        require_secrets=require_secrets,
    )
    return noted(text, file, loaded, environ), loaded


def noted(text: str, file: Path, loaded: Loaded, environ: Mapping[str, str]) -> InForce:
    """`text`, which was read from `file` in `environ` and means `loaded`."""
    return InForce(
        generation=loaded.snapshot.generation,
        text=text,
        file=str(file),
        directory=_directory(file, environ),
        variables={name: environ[name] for name in loaded.variables if name in environ},
        since=time.time(),
    )


def load(in_force: InForce) -> Loaded:
    """As a worker does, which holds no secrets. Raises `ConfigError`."""
    return loads(
        in_force.text,
        {**os.environ, **in_force.variables},
        file=in_force.file,
        directory=Path(in_force.directory),
        generation=in_force.generation,
        require_secrets=False,
    )


def _directory(file: Path, environ: Mapping[str, str]) -> str:
    return environ.get(DIRECTORY) or str(file.absolute().parent)
