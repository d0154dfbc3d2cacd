"""What the kernel says of processes (proc(5)): who started whom, what they used, where they listen."""

import os
import socket
import sys
from collections.abc import Iterator
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


LISTENING = "0A"
"""``TCP_LISTEN`` in ``/proc/net/tcp``."""


def listening(pid: int) -> set[tuple[str, int]]:
    """TCP addresses (host, port) on which a process listens."""
    inodes = set(_socket_inodes(pid))
    found: set[tuple[str, int]] = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        rows = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        for _, local, _, state, *_, inode in (row.split()[:10] for row in rows):
            if state == LISTENING and inode in inodes:
                found.add(_address(local, family))
    return found


def _socket_inodes(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue  # closed in the meantime
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]


def _address(text: str, family: int) -> tuple[str, int]:
    """``0100007F:1F90`` is 127.0.0.1, 8080: the host in 32-bit words of this machine's byte order."""
    host, port = text.split(":")
    words = [int(host[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(host), 8)]
    return socket.inet_ntop(family, b"".join(words)), int(port, 16)
