"""Waiting until a gateway that was just started serves, or until it is plain that it will not."""

import asyncio
import time
from collections.abc import Callable

from extproc.ctl.failure import Failure
from extproc.ctl.gateway.health import Health, check_all, client
from extproc.ctl.gateway.reasons import telling_lines
from extproc.ctl.gateway.record import Record, children
from extproc.ctl.home import Home

START_S = 60.0
"""Longest start; on a busy two-core machine it takes a few seconds."""

POLL_S = 0.05

RESTARTS_MAX = 3
"""A program that ended this often before anything served will not serve."""


class NotServing(Failure):
    """The gateway did not come to serve; whoever started it sees to it that nothing is left running."""

    def __init__(self, home: Home, reason: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"the gateway did not start: {reason}",
            f"nothing was left running; the whole logs are in {home.logs}",
            lines=lines,
        )


async def until_serving(
    home: Home, record: Record, *, alive: Callable[[], bool], progress: Callable[[str], None]
) -> tuple[Health, ...]:
    """The listeners' health once all serve; raises `NotServing`. `progress` hears what is waited for."""
    deadline = time.monotonic() + START_S
    async with client() as asking:
        while True:
            healths = await check_all(asking, record.listeners)
            if all(health.serving for health in healths):
                return healths
            if not alive():
                raise NotServing(home, "the gateway process ended", telling_lines(home.logs / "gateway.log"))
            raise_if_crashing(home, record)
            waiting = _first_not_serving(record, healths)
            if time.monotonic() > deadline:
                raise NotServing(home, f"not ready after {START_S:g} s ({waiting})", _all_telling_lines(home))
            progress(waiting)
            await asyncio.sleep(POLL_S)


def _first_not_serving(record: Record, healths: tuple[Health, ...]) -> str:
    return next(
        f"{listener.url}/healthz: {health}"
        for listener, health in zip(record.listeners, healths, strict=True)
        if not health.serving
    )


def raise_if_crashing(home: Home, record: Record) -> None:
    """Raises `NotServing` when a program of this gateway, or a worker, ended again and again."""
    programs = ((child, home.logs / f"{child.name}.log") for child in children(home.children))
    workers = ((worker, home.logs / "extproc.log") for worker in record.worker_states())
    for child, log in (*programs, *workers):
        if child.restarts >= RESTARTS_MAX:
            raise NotServing(home, f"{child.name} keeps ending ({child.last_exit})", telling_lines(log))


def _all_telling_lines(home: Home) -> tuple[str, ...]:
    logs = (home.logs / f"{name}.log" for name in ("state", "extproc", "envoy"))
    return tuple(line for log in logs for line in telling_lines(log))
