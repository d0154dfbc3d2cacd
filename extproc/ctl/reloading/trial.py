"""Whether a config can be served, found out beside the one that is: nothing in force is touched."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extproc.bootstrap.dynamic import Json, Resources, divide
from extproc.bootstrap.envoy import BootstrapRejectedError, validate
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import add_secrets, secret_files
from extproc.config.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a config becomes."""

    fixed: Json
    """The bootstrap, without what stands in files."""
    resources: Resources
    secrets: Mapping[str, str]
    """Contents of the secret files by name."""


def try_out(
    snapshot: Snapshot, environ: Mapping[str, str], options: RenderOptions, resources: Path, folder: Path
) -> Rendered:
    """What `snapshot` becomes, once Envoy itself has read all of it, from `folder`, which is gone afterwards.

    `resources` is where Envoy will find its files. Raises `BootstrapRejectedError`, `EnvoyNotFoundError`,
    `MissingSecretError` or `OSError`.
    """
    secrets = secret_files(snapshot, environ)
    bootstrap = render(snapshot, options)
    there = str(folder / "secrets")
    try:
        add_secrets(secrets, Path(there))
        file = folder / "envoy.json"
        file.write_text(json.dumps(_moved(bootstrap, options.secrets_dir, there)), encoding="utf-8")
        validate(file)
    except BootstrapRejectedError as error:
        raise BootstrapRejectedError(str(error).replace(there, options.secrets_dir)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Rendered(*divide(bootstrap, str(resources)), secrets)


def _moved(value: Any, old: str, new: str) -> Any:
    """The same with every path in the folder `old` in `new` instead."""
    match value:
        case dict():
            return {key: _moved(entry, old, new) for key, entry in value.items()}
        case list():
            return [_moved(entry, old, new) for entry in value]
        case str() if value == old or value.startswith(f"{old}/"):
            return new + value[len(old) :]
        case _:
            return value
