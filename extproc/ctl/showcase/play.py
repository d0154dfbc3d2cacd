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
from rich.padding import Padding
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.access_line import AccessLine, parse
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.children import children
from extproc.ctl.gateway.prepare import environ_below, prepare
from extproc.ctl.gateway.reading import read
from extproc.ctl.gateway.reasons import telling_lines
from extproc.ctl.gateway.record import Record
from extproc.ctl.gateway.waiting import START_S, raise_if_crashing, until_serving
from extproc.ctl.progress import Progress
from extproc.ctl.showcase.stage import ALIAS, POLL_S, Stage
from extproc.ctl.showcase.trace import shown
from extproc.supervise.child import Event
from extproc.supervise.supervisor import Supervisor

QUESTION = "What is the capital of France? Answer in one sentence."

ANSWER_TOKENS_MAX = 80

LOG_S = 5.0
"""Envoy writes its log within `ACCESS_LOG_FLUSH_MS`."""


def play() -> None:
    """Sets the stage in a folder of its own, plays, and takes everything away again."""
    root = Path(tempfile.mkdtemp(prefix="plano-demo-"))
    try:
        asyncio.run(_play(Stage.at(root)))
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def _play(stage: Stage) -> None:
    with Progress() as progress:
        progress.step("loading a tiny language model and starting the gateway before it")
        reading = read(stage.write_config(), os.environ | dict(stage.environ))
        record = prepare(stage.home, reading, workers=1, verbose=False)
        env = environ_below(reading)
        programs = (stage.model(env), *children(stage.home, record, env))
        supervisor = Supervisor(programs, _ignore, state_file=stage.home.children)
        running = asyncio.create_task(supervisor.run())
        story = asyncio.create_task(_story(stage, record, running, progress))
        await asyncio.wait({running, story}, return_when=asyncio.FIRST_COMPLETED)
    if story.done():
        supervisor.stop()
    else:
        story.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await asyncio.gather(story, return_exceptions=True)
    if not story.cancelled():
        story.result()


def _ignore(_: Event) -> None:
    """The demo tells its own story."""


async def _story(stage: Stage, record: Record, running: "asyncio.Task[int]", progress: Progress) -> None:
    await _until_ready(stage, record, running, progress)
    progress.end()
    _introduce(stage)
    await _ask(stage, QUESTION)
    _conclude(stage, await _logged(stage))
    if screen.is_terminal(sys.stdin):
        await running


async def _until_ready(
    stage: Stage, record: Record, running: "asyncio.Task[int]", progress: Progress
) -> None:
    def alive() -> bool:
        return not running.done()

    await until_serving(stage.home, record, alive=alive, progress=lambda _: None)
    progress.step("the gateway serves; the model is still loading")
    await _until_model_serves(stage, record, alive)


async def _until_model_serves(stage: Stage, record: Record, alive: Callable[[], bool]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        deadline = time.monotonic() + START_S
        while not await _model_serves(client, stage):
            raise_if_crashing(stage.home, record)
            if not alive() or time.monotonic() > deadline:
                lines = telling_lines(stage.home.logs / "model.log")
                raise Failure("the model was not loaded", lines=lines)
            await asyncio.sleep(POLL_S)


async def _model_serves(client: httpx.AsyncClient, stage: Stage) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{stage.model_port}/health")).status_code == 200
    except httpx.HTTPError:
        return False


def _introduce(stage: Stage) -> None:
    out = screen.out()
    out.print(Text.assemble(("✓ ", "bold green"), ("the gateway serves", "bold"), f" at {stage.url}"))
    picture = Text.assemble(
        ("  openai SDK", "bold"),
        "  ─▶  ",
        (f"Envoy :{stage.port}", "bold"),
        " ⇄ ext_proc  ─▶  ",
        (f"llama.cpp :{stage.model_port}", "bold"),
        " SmolLM2-135M, for real",
    )
    out.print(picture, soft_wrap=True)
    out.print()


async def _ask(stage: Stage, question: str) -> None:
    """Through the alias, streamed, with a key that is none: the gateway has the provider's."""
    import openai  # takes half a second

    out = screen.out()
    out.print(Text.assemble((f"you ▸ {ALIAS}  ", "bold"), question), soft_wrap=True)
    out.print(Text("model   ", "bold green"), end="")
    client = openai.AsyncOpenAI(base_url=f"{stage.url}/v1", api_key="the-client-has-no-key", max_retries=0)
    async with (
        client,
        await client.chat.completions.create(
            model=ALIAS,
            messages=[{"role": "user", "content": question}],
            max_tokens=ANSWER_TOKENS_MAX,
            temperature=0.0,
            stream=True,
        ) as stream,
    ):
        async for chunk in stream:
            if chunk.choices and (text := chunk.choices[0].delta.content):
                out.print(Text(text), end="", soft_wrap=True)
    out.print("\n")


async def _logged(stage: Stage) -> AccessLine | None:
    """The question's line in the access log, which Envoy writes a little later."""
    deadline = time.monotonic() + LOG_S
    while time.monotonic() < deadline:
        lines = stage.home.access_log.read_text(encoding="utf-8").splitlines()
        found = [line for line in map(parse, lines) if line is not None and line.method == "POST"]
        if found:
            return found[-1]
        await asyncio.sleep(POLL_S)
    return None


def _conclude(stage: Stage, line: AccessLine | None) -> None:
    out = screen.out()
    out.print(Text("what happened to the request", "bold"))
    if line is None:
        screen.note("Envoy has not logged it yet")
    else:
        out.print(Padding(shown(line, ALIAS), (0, 0, 1, 2)))
    if screen.is_terminal(sys.stdin):
        out.print("it goes on serving; in another terminal:")
        body = f'{{"model": "{ALIAS}", "messages": [{{"role": "user", "content": "Hello"}}]}}'
        screen.say(f"  curl {stage.url}/v1/chat/completions -H 'content-type: application/json' \\", "cyan")
        screen.say(f"    -d '{body}'", "cyan")
        out.print(Text("Ctrl-C ends everything", "dim"))
