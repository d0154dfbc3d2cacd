"""The lock that says who runs a gateway."""

import os
import subprocess
import sys
from pathlib import Path

from extproc.ctl.gateway import lock

HOLDER = "import sys; print('here', flush=True); sys.stdin.read()"


def test_it_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "run" / "lock"
    first = lock.acquire(file)
    second = lock.acquire(file)

    assert first is not None
    assert second is None
    os.close(first)
    assert not lock.held(file)


def test_nobody_holds_one_that_is_not_there(tmp_path: Path) -> None:
    assert not lock.held(tmp_path / "lock")


def test_it_passes_to_a_process_that_inherits_it_and_goes_with_that(tmp_path: Path) -> None:
    """So there is no moment between `planoctl up` and the gateway process in which a second could begin."""
    file = tmp_path / "lock"
    descriptor = lock.acquire(file)
    assert descriptor is not None
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=(descriptor,),
    ) as holder:
        os.close(descriptor)
        assert holder.stdout is not None
        holder.stdout.readline()
        while_it_lives = lock.held(file)
        holder.kill()
        holder.wait()

    assert (True, True) == (while_it_lives, lock.released(file, 10.0))
