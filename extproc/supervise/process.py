"""One running child process: start, ask to stop, kill."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path

from extproc.supervise.child import Child

_LEASH = str(Path(__file__).with_name("leash.py"))


async def start(child: Child) -> Process:
    """Starts `child` in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
    argv = (sys.executable, "-I", "-S", _LEASH, str(os.getpid()), *child.argv)
    output = _open_log(child.log) if child.log else None
    try:
        return await asyncio.create_subprocess_exec(
            *argv, stdin=DEVNULL, stdout=output, stderr=output, env=child.env, start_new_session=True
        )
    finally:
        if output is not None:
            os.close(output)


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def terminate(process: Process) -> None:
    """Asks it to stop. Its own children are its business."""
    with suppress(ProcessLookupError):
        process.terminate()


def kill(process: Process) -> None:
    """Ends it and whatever it has started in its group."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def describe_exit(returncode: int) -> str:
    """E.g. ``exit code 1`` or ``signal SIGKILL``."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:
        return f"signal {-returncode}"
