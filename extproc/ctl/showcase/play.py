"""The demo from curtain to curtain."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from extproc.ctl.failure import Failure
from extproc.ctl.gateway.children import children
from extproc.ctl.gateway.leftovers import clear
from extproc.ctl.gateway.prepare import environ_below, prepare
from extproc.ctl.gateway.reading import read
from extproc.ctl.gateway.reasons import telling_lines
from extproc.ctl.gateway.record import Record
from extproc.ctl.gateway.waiting import START_S, raise_if_crashing, until_serving
from extproc.ctl.progress import Progress
from extproc.ctl.screen import is_terminal
from extproc.ctl.showcase.show import Show
from extproc.ctl.showcase.stage import POLL_S, Stage
from extproc.ctl.showcase.story import tell
from extproc.supervise.child import Event
from extproc.supervise.supervisor import Supervisor


def play(show: Show) -> None:
    """Sets the stage of `show` in a folder of its own, plays, and takes everything away again."""
    root = Path(tempfile.mkdtemp(prefix="plano-demo-"))
    stage = Stage.at(root, show)
    try:
        asyncio.run(_play(stage))
    finally:
        clear(stage.home)
        shutil.rmtree(root, ignore_errors=True)


async def _play(stage: Stage) -> None:
    """One supervisor over the model, ext_proc and Envoy: a signal ends them all, and so does our death."""
    with Progress() as progress:
        progress.step("loading a tiny language model, the agents and the gateway between them")
        reading = read(stage.write_config(), os.environ | dict(stage.environ))
        record = prepare(stage.home, reading, workers=1, verbose=False)
        env = environ_below(reading)
        programs = (*stage.children(env), *children(stage.home, record, env))
        supervisor = Supervisor(programs, _ignore, state_file=stage.home.children)
        running = asyncio.create_task(supervisor.run())
        acts = asyncio.create_task(_acts(stage, record, progress, running))
        await asyncio.wait({running, acts}, return_when=asyncio.FIRST_COMPLETED)
        if acts.done():
            supervisor.stop()
        else:
            acts.cancel()
        with Progress() as ending:
            ending.step("ending everything")
            await asyncio.wait({running, acts})
    if not acts.cancelled():
        acts.result()


def _ignore(_: Event) -> None:
    """The demo tells its own story."""


async def _acts(stage: Stage, record: Record, progress: Progress, running: "asyncio.Task[int]") -> None:
    def alive() -> bool:
        return not running.done()

    await until_serving(stage.home, record, alive=alive, progress=_silent)
    await _until_all_serve(stage, record, alive)
    progress.end()
    stays = is_terminal(sys.stdin)
    await tell(stage, stays=stays)
    if stays:
        await asyncio.wait({running})


def _silent(_: str) -> None:
    """What is waited for is said already."""


async def _until_all_serve(stage: Stage, record: Record, alive: Callable[[], bool]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        deadline = time.monotonic() + START_S
        for name, health in stage.servers().items():
            while not await _serves(client, health):
                raise_if_crashing(stage.home, record)
                if not alive() or time.monotonic() > deadline:
                    lines = telling_lines(stage.home.logs / f"{name}.log")
                    raise Failure(f"{name} did not start", lines=lines)
                await asyncio.sleep(POLL_S)


async def _serves(client: httpx.AsyncClient, health: str) -> bool:
    try:
        return (await client.get(health)).status_code == 200
    except httpx.HTTPError:
        return False
