"""The question to a router model."""

import json
import re

from extproc.limits import ROUTE_EXAMPLES_MAX, ROUTED_TOKENS_MIN
from extproc.routers.candidate import Candidate, Turn
from extproc.routers.prompt import prompt

WEATHER = Candidate("weather", "Forecasts for a city")
FLIGHTS = Candidate("flights", 'Finds flights, "Zürich to Oslo"')


def between(tag: str, text: str) -> str:
    found = re.search(rf"<{tag}>\n(.*)\n</{tag}>", text, re.DOTALL)
    assert found
    return found[1]


def test_a_route_is_a_line_of_json_in_the_configs_order() -> None:
    text = prompt([Turn("user", "hi")], (FLIGHTS, WEATHER), 8192)

    parameters = '"parameters": {"type": "object", "properties": {}, "required": []}}'
    assert (
        '{"name": "flights", "description": "Finds flights, \\"Zürich to Oslo\\"", ' + parameters + "\n"
        '{"name": "weather", "description": "Forecasts for a city", ' + parameters
    ) == between("routes", text)


def test_the_conversation_is_json_indented_by_four() -> None:
    text = prompt([Turn("user", "hé"), Turn("assistant", 'a "b"\nc')], (WEATHER, FLIGHTS), 8192)

    assert """[
    {
        "role": "user",
        "content": "hé"
    },
    {
        "role": "assistant",
        "content": "a \\"b\\"\\nc"
    }
]""" == between("conversation", text)


def test_the_form_is_that_of_the_orchestrator() -> None:
    text = prompt([Turn("user", "hi")], (WEATHER,), 8192)

    assert text.startswith("\n")
    assert text.endswith("\n")
    assert "## Instructions\n1. " in text
    assert ["1", "2", "3", "4"] == re.findall(r"^(\d)\. ", text, re.MULTILINE)
    assert "## Response Format\n" in text
    assert '{{"route": ["' in text


def test_examples_are_told_with_the_description() -> None:
    examples = tuple(f"example {number}" for number in range(ROUTE_EXAMPLES_MAX + 1))

    route = json.loads(
        between("routes", prompt([Turn("user", "hi")], (Candidate("a", "A.", examples),), 8192))
    )

    assert 'A. Examples: "example 0", "example 1"' in route["description"]
    assert f"example {ROUTE_EXAMPLES_MAX}" not in route["description"]


def test_the_descriptions_count_in_what_the_model_can_take() -> None:
    long = tuple(Candidate(f"c{number}", "d" * 1000) for number in range(8))
    turns = [Turn("user", f"{number} " + "x" * 2000) for number in range(10)]

    text = prompt(turns, long, 4096)

    assert len(text.encode()) <= 4096 * 4
    assert "9 xxx" in text
    assert "0 xxx" not in text


def test_the_newest_turn_is_shown_however_long_the_descriptions_are() -> None:
    text = prompt([Turn("user", "x" * 10_000)], (Candidate("a", "d" * 10_000),), 1000)

    content = json.loads(between("conversation", text))[0]["content"]
    assert ROUTED_TOKENS_MIN * 4 - 100 < len(content.encode()) <= ROUTED_TOKENS_MIN * 4


def test_a_character_that_utf8_cannot_say_is_no_error() -> None:
    assert "\ud800" in prompt([Turn("user", "\ud800")], (WEATHER,), 8192)
