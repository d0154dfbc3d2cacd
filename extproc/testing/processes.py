"""What the kernel says of processes (proc(5)): who started whom, what they used."""

import os
from dataclasses import dataclass
from pathlib import Path

CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """The part of ``/proc/<pid>/stat`` that we read."""

    state: str
    parent: int
    cpu_s: float
    """User and system time of all threads so far; children not included."""


def stat(pid: int) -> ProcessStat | None:
    """``None`` when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command, in parentheses, may hold blanks and parentheses itself.
    fields = text[text.rindex(")") + 2 :].split()
    return ProcessStat(fields[0], int(fields[1]), (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S)


def descendants(pid: int) -> tuple[int, ...]:
    """Living processes below `pid`, parents before children."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := stat(int(entry.name))) and found.state != "Z":
            children.setdefault(found.parent, []).append(int(entry.name))
    found_pids: list[int] = []
    waiting = [pid]
    while waiting:
        below = sorted(children.get(waiting.pop(0), []))
        found_pids += below
        waiting += below
    return tuple(found_pids)
