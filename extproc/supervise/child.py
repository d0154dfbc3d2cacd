"""What a supervisor is told of a child, what it knows of it, and what it tells others: plain values."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from extproc.limits import DRAIN_S


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    """The whole environment; ``None``: the supervisor's."""
    log: Path | None = None
    """Both output streams are appended here; ``None``: they are the supervisor's."""
    drain_s: float = DRAIN_S
    """Seconds from the request to stop until it is killed."""
    ready: Callable[[], Awaitable[None]] | None = None
    """Awaited after its first start, `READY_MAX_S` at most, before the next child is started."""
    drain: Callable[[], Awaitable[None]] | None = None
    """Awaited before SIGTERM, for a program that does not drain by itself; `TERMINATE_S` before the deadline
    it is cut off. An `OSError` of it is ignored: the program may be gone."""


class ChildStatus(StrEnum):
    """Where a child is in its life."""

    STARTING = "starting"
    """Not started yet."""
    RUNNING = "running"
    """The process exists; whether it serves is for its health check to say."""
    WAITING = "waiting"
    """It died; the next start is due after the back-off."""
    STOPPED = "stopped"
    """It was asked to stop and is gone."""


@dataclass(frozen=True, slots=True)
class ChildState:
    """What can be told of a child at one moment."""

    name: str
    status: ChildStatus
    pid: int | None
    """Set while the process exists."""
    restarts: int
    """Starts after the first one."""
    since: float
    """When `status` was entered, seconds of Unix time."""
    last_exit: str | None = None
    """How the latest process ended, e.g. ``exit code 1``, ``signal SIGKILL``."""

    def as_json(self) -> dict[str, Any]:
        """The same as a JSON object."""
        return {
            "name": self.name,
            "status": self.status.value,
            "pid": self.pid,
            "restarts": self.restarts,
            "since": self.since,
            "last_exit": self.last_exit,
        }


class Happening(StrEnum):
    """What an `Event` tells."""

    STARTED = "started"
    EXITED = "exited"
    """It ended without being asked to; it will be started again."""
    FAILING = "failing"
    """It ended at once several times in a row; it is still started again, ever more slowly."""
    STOPPING = "stopping"
    KILLED = "killed"
    """It outlived its drain deadline, or a second signal came."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a child; its ``str`` is a line for people."""

    what: Happening
    child: str
    pid: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        """E.g. ``envoy (pid 71) exited: signal SIGKILL; next start in 0.1 s``."""
        pid = f" (pid {self.pid})" if self.pid is not None else ""
        return f"{self.child}{pid} {self.what.value}" + (f": {self.detail}" if self.detail else "")
