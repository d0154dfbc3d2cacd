"""`planoctl route`: one decision explained, and many counted."""

import asyncio
import json
from pathlib import Path

import pytest

from extproc.config.load import loads
from extproc.ctl.routing import evaluate, explain
from extproc.ctl.routing.evaluate import Labelled, Result, Tried
from extproc.ctl.routing.question import Question, questions
from extproc.routers.candidate import Candidate, Candidates, Choice, Conversation, Stage
from tests.ctl.cli import Cli

CANDIDATES = (Candidate("weather", "the weather"), Candidate("flights", "flights"))

AGENTS = """\
version: v0.4.0
agents:
  - {id: weather, url: "http://127.0.0.1:1", description: "Weather forecasts: rain, snow, temperature"}
  - {id: flights, url: "http://127.0.0.1:2", description: "Flights between airports: times, gates, delays"}
listeners:
  - {name: travel, type: agent, address: 127.0.0.1, port: 8001, agents: [{id: weather}, {id: flights}]}
model_providers:
  - {model: openai/gpt-4o, access_key: key}
"""


class Words:
    """A router that chooses those whose name is said."""

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        said = conversation[-1].text
        names = tuple(candidate.name for candidate in candidates if candidate.name in said)
        return Choice(names, Stage.EMBEDDED, sure=bool(names), reason="It was said.", ms=2.0)


QUESTION = Question("travel", Words(), CANDIDATES, "the default agent (weather)")


def result_of(*lines: Labelled) -> Result:
    return asyncio.run(evaluate.evaluate(QUESTION, lines))


def test_an_evaluation_counts_right_answers_apart_by_what_is_expected() -> None:
    result = result_of(
        Labelled("weather please", agent="weather"),
        Labelled("how about the weather", agent="flights"),
        Labelled("flights, and the weather", agents=("weather", "flights")),
        Labelled("a joke"),
        Labelled("no flights", agents=()),
    )

    told = result.as_json()
    assert (5, 0.6, 2 / 3, 0.5) == (
        told["texts"],
        told["accuracy"],
        told["accuracy_fitting"],
        told["accuracy_none_fits"],
    )
    assert 0.8 == told["sure"]
    assert [
        {"expected": "flights", "chosen": "weather", "count": 1},
        {"expected": "none", "chosen": "flights", "count": 1},
    ] == told["confused"]
    assert {"p50": 2.0, "p95": 2.0} == told["ms"]


def test_the_turns_of_a_conversation_are_asked_as_one() -> None:
    [tried] = result_of(Labelled(turns=("flights", "and weather"), agent="weather")).tried

    assert isinstance(tried, Tried)
    assert tried.right


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("[]", ":1: Expected `object`, got `array`"),
        ('{"agent": "weather"}', ":1: neither text nor turns"),
        ('{"text": "Hi", "agent": "wether"}', ":1: there is no wether"),
        ("", " has no lines"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(cli: Cli, line: str, error: str) -> None:
    cli.write("config.yaml", AGENTS)
    cli.write("texts.jsonl", line + "\n")

    result = cli("route", "--eval", "texts.jsonl")

    assert 1 == result.code
    assert f"error: texts.jsonl{error}" in result.err


def test_a_decision_is_told_as_json(cli: Cli) -> None:
    cli.write("config.yaml", AGENTS)

    told = json.loads(cli("route", "Will it rain or snow?", "--json").out)

    assert ("travel", ["weather"]) == (told["at"], told["chosen"])
    assert {"weather", "flights"} == {score["name"] for score in told["scores"]}


def test_a_decision_is_explained(cli: Cli) -> None:
    cli.write("config.yaml", AGENTS)

    result = cli("route", "When is the next flight?", "--listener", "travel")

    assert 0 == result.code, result
    for words in ("chosen  flights", "why     ", "embedded, sure, in ", "CANDIDATE", "weather"):
        assert words in result.out
    assert "margin 0." in result.out


PREFERENCES = """\
version: v0.4.0
model_providers:
  - {model: openai/gpt-4o, access_key: key}
routing_preferences:
  - {name: code, description: "Writing and repairing programs", models: [openai/gpt-4o]}
  - {name: poetry, description: "Poems and songs", models: [openai/gpt-4o]}
"""


@pytest.mark.parametrize(
    ("config", "otherwise"),
    [(AGENTS, "the default agent (weather)"), (PREFERENCES, "the model that was asked for")],
    ids=["agents", "preferences"],
)
def test_where_none_fits_it_is_told_who_answers(config: str, otherwise: str) -> None:
    nothing = Choice((), Stage.EMBEDDED, sure=False, reason="Nothing fits.")

    (question,) = asyncio.run(questions(loads(config, {}).snapshot, None))

    assert f"none fits: {otherwise}" == explain.chosen(question, nothing).plain


def test_an_evaluation_is_shown(cli: Cli) -> None:
    cli.write("config.yaml", AGENTS)
    cli.write(
        "texts.jsonl",
        '{"text": "Will it rain?", "agent": "weather"}\n{"text": "Will it snow?", "agent": "flights"}\n',
    )

    result = cli("route", "--eval", "texts.jsonl")

    assert 0 == result.code, result
    for words in ("right 0.500 of 2", "decided by", "EXPECTED CHOSEN TIMES flights weather 1"):
        assert words in " ".join(result.out.split())


def test_a_listener_that_chooses_nothing_is_told(cli: Cli) -> None:
    cli.write("config.yaml", AGENTS)

    result = cli("route", "Hi", "--listener", "x")

    assert (1, ["error: nothing is chosen at x", "hint: there are: travel"]) == (
        result.code,
        result.err.splitlines(),
    )


def test_a_config_without_a_choice_is_told(cli: Cli, tmp_path: Path) -> None:
    cli.write("config.yaml", AGENTS.replace(", {id: flights}]", "]"))

    result = cli("route", "Hi")

    assert 1 == result.code
    assert "error: this config leaves nothing to choose" in result.err


def test_nothing_to_route_is_told(cli: Cli) -> None:
    assert 1 == cli("route").code


def test_descriptions_that_say_the_same_are_warned_of(cli: Cli) -> None:
    alike = "Forecasts of the weather: temperature, snow and rain"
    cli.write("config.yaml", AGENTS.replace("Flights between airports: times, gates, delays", alike))

    result = cli("validate", "config.yaml")

    assert 0 == result.code, result
    assert "warning: weather and flights are described alike (0." in result.err


def test_descriptions_that_differ_are_not(cli: Cli) -> None:
    cli.write("config.yaml", AGENTS)

    assert "alike" not in cli("validate", "config.yaml").err
