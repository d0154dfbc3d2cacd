"""Which processes belong to a home, as the kernel tells it (proc(5))."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 30.0
POLL_S = 0.02


def of(folder: Path) -> dict[int, str]:
    """Process id and command line of every process that names something in `folder`."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                command = (entry / "cmdline").read_bytes()
                if bytes(folder) in command:
                    found[int(entry.name)] = command.replace(b"\0", b" ").decode()
    return found


def environ(pid: int) -> dict[str, str]:
    """The environment a process was started with."""
    text = Path(f"/proc/{pid}/environ").read_text()
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


def until(condition: Callable[[], object], what: str) -> None:
    """Returns as soon as `condition` holds; what processes do is told by no event."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(POLL_S)
