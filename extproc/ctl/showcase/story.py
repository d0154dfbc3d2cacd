"""What the demo says: a question, its answer, what happened to it, and a mistake."""

import asyncio
import time

import openai
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.access_line import AccessLine, parse
from extproc.ctl.failure import Failure
from extproc.ctl.showcase.client import Client
from extproc.ctl.showcase.stage import ALIAS, POLL_S, Stage
from extproc.ctl.showcase.trace import route, times

QUESTION = "In one sentence: what is an envoy?"

WRONG_MODEL = "gpt-99"

LOG_S = 5.0
"""Longest wait for a line of the access log; Envoy writes them five times a second."""


async def tell(stage: Stage, *, stays: bool) -> None:
    """All of it; with `stays` what can be done next, too. Raises `Failure` when nobody answers."""
    client = Client(stage.url)
    try:
        _introduce(stage)
        await _question(stage, client)
        await _mistake(client)
    except openai.OpenAIError as error:
        raise Failure(f"the question was not answered: {error}") from None
    finally:
        await client.close()
    if stays:
        _invite(stage)


def _introduce(stage: Stage) -> None:
    _print(Text.assemble(("✓ ", "bold green"), ("the gateway serves", "bold"), f" at {stage.url}"))
    stations = ("openai SDK", "Envoy ⇄ ext_proc", "llama.cpp with SmolLM2-135M")
    picture = Text("  ")
    for number, station in enumerate(stations):
        picture.append(" ──▶ " if number else "", "dim").append(station, "bold")
    _print(picture)
    _print()


async def _question(stage: Stage, client: Client) -> None:
    def hear(text: str) -> None:
        screen.out().print(Text(text), end="", soft_wrap=True)

    _print(_says("you", "cyan", f"asks for {ALIAS}", QUESTION))
    screen.out().print(_says("model", "green", "", ""), end="")
    first_token_ms = await client.stream(ALIAS, QUESTION, hear)
    _print("\n")
    line = await _logged(stage)
    if line is None:
        screen.note("Envoy has not logged the request yet")
        return
    _print(Text("what happened to it", "bold"))
    screen.show(route(line, ALIAS))
    _print()
    screen.show(times(line, first_token_ms))
    _print()


async def _mistake(client: Client) -> None:
    _print(_says("you", "cyan", f"asks for {WRONG_MODEL}", "Hello"))
    refusal = await client.refused(WRONG_MODEL)
    if refusal is not None:
        _print(_says("gateway", "yellow", f"{refusal.status} {refusal.code}", refusal.message))
    _print()


def _says(who: str, colour: str, aside: str, text: str) -> Text:
    asides = (f"({aside}) ", "dim") if aside else ""
    return Text.assemble((f"{who:8}", f"bold {colour}"), asides, text)


async def _logged(stage: Stage) -> AccessLine | None:
    """The question's line in the access log, once it is there."""
    deadline = time.monotonic() + LOG_S
    while time.monotonic() < deadline:
        for line in map(parse, stage.home.access_log.read_text(encoding="utf-8").splitlines()):
            if line is not None and line.method == "POST":
                return line
        await asyncio.sleep(POLL_S)
    return None


def _invite(stage: Stage) -> None:
    body = f'{{"model": "{ALIAS}", "messages": [{{"role": "user", "content": "Hello"}}]}}'
    _print("It goes on serving. In another terminal:")
    _print()
    _print(Text(f"  curl {stage.url}/v1/chat/completions -H 'content-type: application/json' \\", "cyan"))
    _print(Text(f"    -d '{body}'", "cyan"))
    _print()
    _print(Text("Ctrl-C ends everything.", "dim"))


def _print(text: str | Text = "") -> None:
    screen.out().print(text, soft_wrap=True)
