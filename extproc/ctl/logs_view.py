"""The logs of a gateway as one: latest lines in the order of their times, and what comes after."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.access_line import parse, readable
from extproc.ctl.home import Home

POLL_S = 0.2

TAIL_BYTES = 512 * 1024
"""Of each log, where the latest lines are looked for."""

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)[.,](\d{3})(Z?)")

_STAMPED = re.compile(rf"^\[?{_STAMP.pattern}\]?(\[\d+\])? ?")
"""The time at the beginning of a line, with the thread's number as Envoy writes it."""


@dataclass(slots=True)
class Source:
    """One log file, read from where reading stopped."""

    name: str
    path: Path
    position: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def lines(self) -> list[str]:
        """Whole lines since the last call; a file that was begun anew is read from its start."""
        try:
            if self.path.stat().st_size < self.position:
                self.position, self._rest = 0, b""
            with self.path.open("rb") as file:
                file.seek(self.position)
                read = file.read()
        except FileNotFoundError:
            return []
        self.position += len(read)
        *whole, self._rest = (self._rest + read).split(b"\n")
        return [line.decode("utf-8", errors="replace") for line in whole]

    def skip_to_tail(self) -> None:
        """Leaves out all but the last `TAIL_BYTES`."""
        if self.path.exists():
            self.position = max(self.path.stat().st_size - TAIL_BYTES, 0)


def sources(home: Home, *, debug: bool) -> list[Source]:
    """Requests and our own logs; with `debug` those of Envoy and of the gateway process, too."""
    names = ("access", "extproc", "state", "envoy", "gateway") if debug else ("access", "extproc", "state")
    return [Source(name, home.logs / f"{name}.log") for name in names]


def latest(logs: list[Source], number: int) -> list[tuple[str, str]]:
    """The last `number` lines of all logs together, each with its log's name, by time."""
    stamped: list[tuple[datetime, str, str]] = []
    for log in logs:
        log.skip_to_tail()
        stamped += _stamped(log)
    stamped.sort(key=lambda line: line[0])
    return [(name, line) for _, name, line in stamped[-number:]]


def _stamped(log: Source) -> Iterator[tuple[datetime, str, str]]:
    """A line without a time, such as one of a traceback, has that of the line before."""
    latest_time = datetime.fromtimestamp(0).astimezone()
    for line in log.lines():
        latest_time = stamp(line) or latest_time
        yield latest_time, log.name, line


def stamp(line: str) -> datetime | None:
    """The first time of day in a line, which is local unless it says ``Z``."""
    match = _STAMP.search(line)
    if match is None:
        return None
    day, clock, milliseconds, zone = match.groups()
    return datetime.fromisoformat(f"{day}T{clock}.{milliseconds}{'+00:00' if zone else ''}").astimezone()


def show(name: str, line: str) -> None:
    """At a terminal in a readable form and without the health checks; into a pipe as it was written."""
    if not screen.out().is_terminal:
        screen.say(line)
        return
    request = parse(line) if name == "access" else None
    if request is not None and request.operation == "health" and request.status == 200:
        return
    screen.out().print(readable(request) if request else _readable(name, line), soft_wrap=True)


def _readable(name: str, line: str) -> Text:
    when = stamp(line)
    clock = when.strftime("%H:%M:%S.%f")[:-3] if when else " " * 12
    return Text.assemble((clock, "dim"), (f" {name} ", "magenta"), _STAMPED.sub("", line, count=1))


async def follow(home: Home, *, debug: bool, number: int = 0) -> None:
    """Prints the latest lines, then each new one; ends when it is cancelled."""
    logs = sources(home, debug=debug)
    for name, line in latest(logs, number) if number else ():
        show(name, line)
    while True:
        for log in logs:
            for line in log.lines():
                show(log.name, line)
        await asyncio.sleep(POLL_S)
