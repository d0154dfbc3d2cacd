"""TCP ports: is one free, who has it, which is free."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LOWEST = 20_000
HIGHEST = 32_000
"""Below the kernel's range for outgoing connections, where a client's socket could take it before we do."""

TRIES = 100


def trouble(address: str, port: int) -> str | None:
    """Why nobody can listen there now, or ``None``.

    No ``SO_REUSEPORT``: with it, as Envoy sets it, two gateways of one user would share the port in silence.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return None


def free_port(address: str = "127.0.0.1") -> int:
    """A port on which nobody listens now."""
    for _ in range(TRIES):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311  not a secret
        if trouble(address, port) is None:
            return port
    raise OSError(f"no free port in {TRIES} tries between {LOWEST} and {HIGHEST}")


def listener_process(port: int) -> str | None:
    """Who listens on a port, e.g. ``envoy (pid 71)``; ``None`` where the kernel does not tell (proc(5))."""
    inodes = set(_listening_inodes(port))
    if not inodes:
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and inodes & set(_socket_inodes(process)):
            with suppress(OSError):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                listening = fields[3] == "0A"
                if listening and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _socket_inodes(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target[8:-1]
