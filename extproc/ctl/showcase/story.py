"""What a demo says: each question, who was chosen and why, the answer as it streams, and the time it took."""

import asyncio
import time
from collections.abc import Mapping

import openai
from rich.text import Text

from extproc import headers
from extproc.ctl import screen
from extproc.ctl.access_line import AccessLine, parse
from extproc.ctl.failure import Failure
from extproc.ctl.showcase.client import Client, Heard
from extproc.ctl.showcase.show import Question
from extproc.ctl.showcase.stage import POLL_S, Stage
from extproc.ctl.showcase.trace import chosen, why

LOG_S = 5.0
"""Longest wait for a line of the access log; Envoy writes them five times a second."""


async def tell(stage: Stage, *, stays: bool) -> None:
    """All of it; with `stays` what can be done next, too. Raises `Failure` when nobody answers."""
    client = Client(stage.url(stage.show.asks))
    try:
        _introduce(stage)
        for question in stage.show.questions:
            await _question(stage, client, question)
    except openai.OpenAIError as error:
        raise Failure(f"the question was not answered: {error}") from None
    finally:
        await client.close()
    if stays:
        _invite(stage)


def _introduce(stage: Stage) -> None:
    url = stage.url(stage.show.asks)
    _print(Text.assemble(("✓ ", "bold green"), (stage.show.title, "bold"), f", at {url}"))
    stations = ("openai SDK", "Envoy ⇄ ext_proc", *stage.show.agents, "llama.cpp with SmolLM2-135M")
    picture = Text("  ")
    for number, station in enumerate(stations):
        picture.append(_arrow(number, len(stage.show.agents)), "dim").append(station, "bold")
    _print(picture)
    _print()


def _arrow(number: int, agents: int) -> str:
    if number == 0:
        return ""
    return ", " if 2 < number < 2 + agents else " ──▶ "


async def _question(stage: Stage, client: Client, question: Question) -> None:
    known = _requests(stage)

    def greet(told: Mapping[str, str]) -> None:
        _print(_says("chosen", "magenta", chosen(told)))
        screen.out().print(_says("answer", "green", Text()), end="")

    def hear(text: str) -> None:
        screen.out().print(Text(text), end="", soft_wrap=True)

    _print(_says("you", "cyan", Text.assemble(question.text, (f"  ({question.shows})", "dim"))))
    heard = await client.stream(question.text, greet, hear)
    _print()
    line = await _logged(stage, known)
    if line is not None:
        _print(_says("why", "yellow", why(line, heard.headers.get(headers.ATTEMPTS))))
    _print(_says("time", "blue", _times(heard, line)))
    _print()


def _says(who: str, colour: str, text: Text) -> Text:
    return Text.assemble((f"{who:8}", f"bold {colour}"), text)


def _times(heard: Heard, line: AccessLine | None) -> Text:
    parts = [f"first token {heard.first_ms:.0f} ms", f"whole answer {heard.total_ms:.0f} ms"]
    if line is not None and line.router_ms is not None:
        parts.insert(0, f"choosing {line.router_ms:.1f} ms")
    return Text(", ".join(parts))


def _requests(stage: Stage) -> set[str | None]:
    return {line.request_id for line in _lines(stage)}


def _lines(stage: Stage) -> list[AccessLine]:
    """Requests to the listener that is asked, the oldest first."""
    parsed = map(parse, stage.home.access_log.read_text(encoding="utf-8").splitlines())
    return [line for line in parsed if line and line.listener == stage.show.asks and line.method == "POST"]


async def _logged(stage: Stage, known: set[str | None]) -> AccessLine | None:
    """The line of a request that was not there before, once it is."""
    deadline = time.monotonic() + LOG_S
    while time.monotonic() < deadline:
        for line in _lines(stage):
            if line.request_id not in known:
                return line
        await asyncio.sleep(POLL_S)
    return None


def _invite(stage: Stage) -> None:
    url = stage.url(stage.show.asks)
    body = '{"messages": [{"role": "user", "content": "Is it warm in Rome?"}]}'
    _print("It goes on serving. In another terminal:")
    _print()
    _print(Text(f"  planoctl chat --url {url}", "cyan"))
    _print(Text(f"  curl {url}/v1/chat/completions -H 'content-type: application/json' \\", "cyan"))
    _print(Text(f"    -d '{body}'", "cyan"))
    _print()
    _print(Text("Ctrl-C ends everything.", "dim"))


def _print(text: str | Text = "") -> None:
    screen.out().print(text, soft_wrap=True)
