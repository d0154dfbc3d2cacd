"""Claiming a home for a gateway; in a file of its own, so that a refusal need not wait for heavy imports."""

from extproc.ctl.failure import Failure
from extproc.ctl.gateway import lock
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home


def take_lock(home: Home) -> int:
    """The home's lock; raises `Failure` when a gateway of this home runs."""
    descriptor = lock.acquire(home.lock)
    if descriptor is None:
        record = Record.read(home.record)
        if record is None or record.pid == 0:
            raise Failure("a gateway is just being started or stopped", "try again in a moment")
        raise Failure(
            f"a gateway is already running (pid {record.pid}, {record.config})",
            "planoctl status shows it, planoctl down stops it",
        )
    return descriptor
