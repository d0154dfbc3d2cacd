"""The gateway that runs."""

from extproc.ctl.failure import Failure
from extproc.ctl.gateway import lock
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home


def running(home: Home) -> Record:
    """What is written down of the gateway of `home`; raises `Failure` when none runs."""
    record = Record.read(home.record)
    if record is None or record.pid == 0 or not lock.held(home.lock):
        raise Failure("no gateway is running", "planoctl up starts one")
    return record
