"""The config in force, as a file that all workers read: whoever reloads replaces it, at once.

A copy, so that a worker that is started again does not read what somebody has begun to edit. With what else
decides what the text means: nothing of it may change between two workers.
"""

import tempfile
from collections.abc import Mapping
from os import fdopen
from pathlib import Path

import msgspec


class InForce(msgspec.Struct, frozen=True):
    """One generation. No secret that the text does not hold itself. `extproc.serving.texts` reads it."""

    generation: int
    text: str
    file: str
    """What the text was read from."""
    directory: str
    """Where relative paths in it begin."""
    variables: Mapping[str, str]
    """Of the environment, those that it refers to in values that are no secrets."""
    since: float
    """Seconds of Unix time."""
    error: str | None = None
    """Why a later config was rejected, until one is accepted."""

    def write(self, path: Path) -> None:
        """A file that only its owner reads (the text may hold keys), renamed into its place."""
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        with fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(self))
        Path(temporary).replace(path)

    @classmethod
    def read(cls, path: Path) -> "InForce":
        """What `write` wrote; raises `OSError` or `msgspec.DecodeError`."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
