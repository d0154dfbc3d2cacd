"""The config in force, as a file that all workers read: whoever reloads replaces it, at once.

A copy, so that a worker that is started again does not read what somebody has begun to edit. With what else
decides what the text means: nothing of it may change between two workers.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from extproc.config import source
from extproc.config.environment import DIRECTORY
from extproc.config.load import Loaded, loads


class InForce(msgspec.Struct, frozen=True):
    """One generation. No secret that the text does not hold itself."""

    generation: int
    text: str
    file: str
    """What the text was read from; for messages."""
    directory: str
    """Where relative paths in it begin."""
    variables: Mapping[str, str]
    """Of the environment, those that it refers to in values that are no secrets."""
    since: float
    """Seconds of Unix time."""
    error: str | None = None
    """Why a later config was rejected, until one is accepted."""

    @classmethod
    def of(
        cls, file: Path, environ: Mapping[str, str], generation: int, *, require_secrets: bool
    ) -> tuple["InForce", Loaded]:
        """What `file` says now; its secrets are in `environ`. Raises `ConfigError`."""
        text = source.read(file)
        directory = Path(environ.get(DIRECTORY) or file.absolute().parent)
        loaded = loads(
            text,
            environ,
            file=str(file),
            directory=directory,
            generation=generation,
            require_secrets=require_secrets,
        )
        return cls.holding(text, file, loaded, environ), loaded

    @classmethod
    def holding(cls, text: str, file: Path, loaded: Loaded, environ: Mapping[str, str]) -> "InForce":
        """`text`, which was read from `file` in `environ` and means `loaded`."""
        return cls(
            generation=loaded.snapshot.generation,
            text=text,
            file=str(file),
            directory=environ.get(DIRECTORY) or str(file.absolute().parent),
            variables={name: environ[name] for name in loaded.variables if name in environ},
            since=time.time(),
        )

    def load(self) -> Loaded:
        """As a worker does, which holds no secrets. Raises `ConfigError`."""
        return loads(
            self.text,
            {**os.environ, **self.variables},
            file=self.file,
            directory=Path(self.directory),
            generation=self.generation,
            require_secrets=False,
        )

    def write(self, path: Path) -> None:
        """A file that only its owner reads (the text may hold keys), renamed into its place."""
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(self))
        Path(temporary).replace(path)

    @classmethod
    def read(cls, path: Path) -> "InForce":
        """What `write` wrote; raises `OSError` or `msgspec.DecodeError`."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
