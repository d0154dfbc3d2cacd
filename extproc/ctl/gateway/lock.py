"""Who runs the gateway of a home: whoever holds the lock on its file.

A lock cannot go stale: the kernel gives it up when its holder dies, however it dies, and a process that later
gets the same id does not hold it. It is taken by ``planoctl up`` and inherited by the gateway process.
"""

import fcntl
import os
import time
from pathlib import Path

POLL_S = 0.05


def acquire(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed; ``None`` when another process holds it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def held(path: Path) -> bool:
    """Whether a process, this one included, holds it."""
    if not path.exists():
        return False
    descriptor = acquire(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def released(path: Path, within_s: float) -> bool:
    """Waits for the holder to let go; whether it did."""
    deadline = time.monotonic() + within_s
    while held(path):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True
