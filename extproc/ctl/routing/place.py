"""Whose routing is explained: a config that is named, the one that runs, or the one ``up`` would take."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extproc.config.snapshot import Snapshot
from extproc.ctl.gateway import lock
from extproc.ctl.gateway.choose import choose
from extproc.ctl.gateway.reading import read
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.serving.sockets import OUTBOUND_SOCKET


@dataclass(frozen=True, slots=True)
class Place:
    """A config, and the way out of the gateway that runs with it."""

    snapshot: Snapshot
    outbound: Path | None
    """``None``: no gateway runs with this config, so that router models cannot be asked."""


def place(config: Path | None, environ: Mapping[str, str]) -> Place:
    """Raises `Failure` when there is no config, or none that can be used."""
    home = Home.of(environ)
    record = Record.read(home.record)
    runs = record is not None and record.pid != 0 and lock.held(home.lock)
    if config is None and record is not None and runs:
        snapshot = read(home.config, require_secrets=False).snapshot
        return Place(snapshot, Path(record.socket_dir) / OUTBOUND_SOCKET)
    choice = choose(config, home, environ)
    return Place(read(choice.path, choice.environ, require_secrets=False).snapshot, None)
