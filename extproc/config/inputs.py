"""The files that decide what a config says: itself, the ``.env`` beside it, and those its secrets are in."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from extproc.config.secret import SecretRef
from extproc.config.snapshot import Snapshot

Stamp = tuple[int, int, int, int] | None
"""What `os.stat` says of a file, links followed: device, inode, size, time of any change. ``None``: no file.

Not the time of its last writing, which tools set as they like."""


def inputs(config: Path, snapshot: Snapshot | None) -> tuple[Path, ...]:
    """Of `config`, which says `snapshot`; ``None``: it cannot be told what that refers to."""
    referred = secret_paths(snapshot) if snapshot is not None else ()
    return tuple(dict.fromkeys((config, config.parent / ".env", *referred)))


def secret_paths(value: Any) -> Iterator[Path]:
    """The files of every ``file:`` secret in a snapshot, or in a part of one."""
    if isinstance(value, SecretRef):
        if value.kind == "file":
            yield Path(value.source)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from secret_paths(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from secret_paths(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for entry in value:
            yield from secret_paths(entry)


def stamps(files: Iterable[Path]) -> dict[Path, Stamp]:
    """What can be seen of files without reading them."""
    return {file: _stamp(file) for file in files}


def contents(files: Iterable[Path]) -> dict[Path, bytes | None]:
    """A digest of what is in each file; ``None`` where it cannot be read."""
    return {file: _content(file) for file in files}


def _stamp(file: Path) -> Stamp:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns


def _content(file: Path) -> bytes | None:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()
    except OSError:
        return None
