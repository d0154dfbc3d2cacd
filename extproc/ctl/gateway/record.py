"""What is written down of a running gateway, for the other commands to read."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from extproc.config.snapshot import Listener
from extproc.serving.sockets import WORKERS_FILE

ANY_ADDRESS: Mapping[str, str] = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  we bind nothing here
"""Addresses that stand for all of a machine's, and the one of them that only this machine reaches."""


class ListenerRecord(msgspec.Struct, frozen=True):
    """A listener as a person or a health check reaches it."""

    name: str
    kind: str
    address: str
    port: int
    tls: bool
    client_certificate: bool
    """Clients must present one: planoctl cannot ask it for its health."""

    @classmethod
    def of(cls, listener: Listener) -> "ListenerRecord":
        """From the config."""
        tls = listener.tls
        certificate = tls is not None and tls.client_ca is not None
        return cls(
            listener.name, listener.kind, listener.address, listener.port, tls is not None, certificate
        )

    @property
    def host(self) -> str:
        """An address on which this machine reaches it."""
        return ANY_ADDRESS.get(self.address, self.address)

    @property
    def url(self) -> str:
        """E.g. ``http://127.0.0.1:12000``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


class ChildRecord(msgspec.Struct, frozen=True):
    """A supervised process; the form of `extproc.supervise.child.ChildState.as_json`."""

    name: str
    status: str
    pid: int | None
    restarts: int
    since: float
    last_exit: str | None


def children(path: Path) -> tuple[ChildRecord, ...]:
    """The states in a supervisor's state file; empty when there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[ChildRecord, ...])
    except (OSError, msgspec.DecodeError):
        return ()


class Record(msgspec.Struct, frozen=True):
    """One start of a gateway."""

    version: str
    config: str
    """The file it was started with."""
    listeners: tuple[ListenerRecord, ...]
    admin_port: int
    socket_dir: str
    workers: int
    verbose: bool = False
    state_port: int = 0
    """Of plano-state's HTTP API, on 127.0.0.1; 0: a version without one wrote this."""
    pid: int = 0
    """The gateway process; 0 until it runs."""
    started: float = 0.0
    """Seconds of Unix time."""

    def worker_states(self) -> tuple[ChildRecord, ...]:
        """The workers below plano-extproc, as far as it tells of them."""
        return children(Path(self.socket_dir) / WORKERS_FILE)

    def write(self, path: Path) -> None:
        """Replaces the file at once."""
        temporary = path.with_suffix(".new")
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        temporary.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """``None`` when there is none that can be understood (another version may have written it)."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return None
