"""Free TCP ports for servers that must be told their port before they start.

A port that was only looked at can be taken by another process before it is used. So each one is claimed
by a lock on a small file, which every process that uses this module respects and which the kernel gives up
when its holder dies. Ports are taken below the kernel's range for outgoing connections
(``ip_local_port_range``), where a client's own socket could sit on them.
"""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

LOWEST = 20_000
HIGHEST = 32_000
TRIES = 500


class NoFreePortError(OSError):
    """None of the ports that were tried is free."""


class PortClaim:
    """A loopback port that nobody else uses until `release`."""

    def __init__(self) -> None:
        for _ in range(TRIES):
            self.port = random.randint(LOWEST, HIGHEST)
            lock = _lock(self.port)
            if lock is not None and _bindable(self.port):
                self._lock = lock
                return
            if lock is not None:
                lock.close()
        raise NoFreePortError(f"no free port in {TRIES} tries between {LOWEST} and {HIGHEST}")

    def release(self) -> None:
        """Let others have the port."""
        self._lock.close()


def _lock(port: int) -> IO[bytes] | None:
    folder = Path(tempfile.gettempdir()) / f"plano-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / str(port)).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
