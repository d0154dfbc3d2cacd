"""Ending a gateway and making sure that it has ended."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from extproc.ctl.failure import Failure
from extproc.ctl.gateway import lock
from extproc.ctl.gateway.children import EXTPROC_STOP_S, STATE_STOP_S
from extproc.ctl.gateway.leftovers import clear
from extproc.ctl.gateway.record import ChildRecord, Record, children
from extproc.ctl.home import Home
from extproc.limits import DRAIN_S

STOP_S = DRAIN_S + EXTPROC_STOP_S + STATE_STOP_S + 5.0
"""Envoy's drain, then extproc's and plano-state's, and what the process itself needs."""

KILL_S = 5.0


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was found and ended."""

    pid: int
    """Of the gateway process; 0 when there was none."""
    killed: bool = False
    """It had to be killed."""
    stale: bool = False
    """Only what a gateway that was killed had left behind was cleared away."""

    def __str__(self) -> str:
        if self.stale:
            return "no gateway is running; what a killed one had left behind is cleared away"
        if not self.pid:
            return "no gateway is running"
        return f"stopped (pid {self.pid}{', which had to be killed' if self.killed else ''})"


def stop(home: Home, progress: Callable[[str], None]) -> Stopped:
    """Ends the gateway of `home`, whatever state it is in; raises `Failure` when it cannot be ended."""
    record = Record.read(home.record)
    if not lock.held(home.lock):
        stale = record is not None
        _end_orphans(home, children(home.children))
        clear(home)
        return Stopped(0, stale=stale)
    if record is None or record.pid == 0:
        raise Failure("a gateway is just being started or stopped", "try again in a moment")
    return _end(home, record.pid, progress)


def _end(home: Home, pid: int, progress: Callable[[str], None]) -> Stopped:
    """The lock is held, so the process with this id is the gateway's and no other."""
    below = children(home.children)
    progress(f"asking the gateway (pid {pid}) to finish what is in flight and stop")
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise Failure(f"the gateway (pid {pid}) belongs to another user") from None
    except ProcessLookupError:
        pass
    killed = not lock.released(home.lock, STOP_S)
    if killed:
        progress(f"it did not end within {STOP_S:g} s: killing it")
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if not lock.released(home.lock, KILL_S):
            raise Failure(f"the gateway (pid {pid}) does not end, not even when killed")
    _end_orphans(home, below)
    clear(home)
    return Stopped(pid, killed=killed)


def _end_orphans(home: Home, below: tuple[ChildRecord, ...]) -> None:
    """Where the kernel does not end children with their parent, we do; a reused process id is left alone."""
    for child in below:
        if child.pid is not None and _is_ours(child.pid, home):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child.pid, signal.SIGKILL)


def _is_ours(pid: int, home: Home) -> bool:
    """Whether its command line names this home's run folder (proc(5))."""
    try:
        return bytes(home.run) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
