"""Starting a gateway: what must hold before, and what becomes of it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec

from extproc.bootstrap.envoy import BootstrapRejectedError, EnvoyNotFoundError, find_envoy
from extproc.config.snapshot import Listener
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.leftovers import clear
from extproc.ctl.gateway.ports import listener_process, trouble
from extproc.ctl.gateway.prepare import environ_below, prepare
from extproc.ctl.gateway.process import run
from extproc.ctl.gateway.reading import Reading
from extproc.ctl.gateway.record import Record
from extproc.ctl.gateway.waiting import NotServing, until_serving
from extproc.ctl.home import Home
from extproc.ctl.reloading.told import in_words

Progress = Callable[[str], None]

FAILED_STOP_S = 3.0
"""Nothing is in flight in a gateway that never served: it gets this long, then it is killed."""


def check_surroundings(reading: Reading) -> None:
    """Raises `Failure` for what can be known before anything is started."""
    try:
        find_envoy()
    except EnvoyNotFoundError as error:
        message, _, hint = str(error).partition(": ")
        raise Failure(message, hint or None) from None
    if not reading.served:
        raise Failure("the config has no model listener, the only kind that is served yet")
    for listener in reading.served:
        _check_port(listener)


def _check_port(listener: Listener) -> None:
    problem = trouble(listener.address, listener.port)
    if problem is None:
        return
    where = f"port {listener.port} (listener {listener.name})"
    holder = listener_process(listener.port)
    if holder is not None:
        raise Failure(f"{where} is in use by {holder}", "stop it, or set another port in the config")
    raise Failure(
        f"cannot listen on {listener.address}, {where}: {problem}", "set another port in the config"
    )


def prepare_run(home: Home, reading: Reading, *, workers: int, verbose: bool, watch: bool) -> Record:
    """`prepare`, with Envoy's refusal as a `Failure`."""
    try:
        return prepare(home, reading, workers=workers, verbose=verbose, watch=watch)
    except BootstrapRejectedError as error:
        clear(home)
        raise Failure(f"Envoy does not accept the configuration made of {reading.path}: {error}") from None


def start_detached(
    home: Home,
    reading: Reading,
    record: Record,
    lock_fd: int,
    progress: Progress,
    shell: Mapping[str, str],
) -> None:
    """Returns when every listener serves; raises `NotServing`, and then nothing is left running.

    `shell`: the environment for configs that are read later.
    """
    with (home.logs / "gateway.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "extproc.ctl.gateway.process", str(home.root), str(lock_fd)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=home.run,
            env=environ_below(reading),
            pass_fds=(lock_fd,),
            start_new_session=True,
        )
    os.close(lock_fd)
    _hand_over(shell, process)
    try:
        asyncio.run(until_serving(home, record, alive=lambda: process.poll() is None, progress=progress))
    except BaseException:
        _end(process)
        clear(home)
        raise


def _hand_over(shell: Mapping[str, str], process: "subprocess.Popen[bytes]") -> None:
    """With the keys, which its own environment must not hold."""
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin:  # it has ended already; that is told below
        process.stdin.write(msgspec.json.encode(in_words(shell)))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """A second SIGTERM makes it kill its children at once."""
    for _ in range(2):
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(FAILED_STOP_S)
            return
    process.kill()
    process.wait()


async def serve_here(
    home: Home,
    reading: Reading,
    record: Record,
    progress: Progress,
    shell: Mapping[str, str],
    serving: Callable[[], Awaitable[None]],
) -> int:
    """Runs the gateway in this process until a signal; the exit code.

    `serving` is called once every listener serves, and is cancelled in the end. Raises `NotServing`.
    """
    gateway = asyncio.create_task(run(home, environ_below(reading), shell))
    ready = asyncio.create_task(
        until_serving(home, record, alive=lambda: not gateway.done(), progress=progress)
    )
    await asyncio.wait({gateway, ready}, return_when=asyncio.FIRST_COMPLETED)
    if gateway.done():
        ready.cancel()
        return gateway.result()
    try:
        ready.result()
    except NotServing:
        gateway.cancel()
        await asyncio.gather(gateway, return_exceptions=True)
        raise
    beside = asyncio.ensure_future(serving())
    try:
        return await gateway
    finally:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
