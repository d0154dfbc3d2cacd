"""Answers of router models: Plano's figures, and what models make of the form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import ROUTER_ANSWER_CHARS_MAX
from extproc.routers.parsing import names

IMAGE, CODE = "Image generation", "Code generation"
PLANO = (IMAGE, CODE)
AGENTS = ("weather_agent", "weather", "Bob's agent", 'the "best" one', "Wetter für Köln", "a, b")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"route": ["Image generation"]}', (IMAGE,)),
        ('{"route": ["Code generation", "Image generation"]}', (CODE, IMAGE)),
        ('{"route": []}', ()),
        ('{"route": null}', ()),
        ('{"route": [""]}', ()),
        ('{"route": ["Code generation", "", null]}', (CODE,)),
        ("{}", ()),
        ("", ()),
        ('{"route": ["route1"', None),
        ("{'route': ['Image generation']}\\n", (IMAGE,)),
        ("{'route': [\\n 'Image generation',\\n 'Code generation'\\n]}", PLANO),
        ('{"route": ["unknown"]}', ()),
        ('{"route": ["unknown", "Code generation"]}', (CODE,)),
    ],
)
def test_planos_figures(answer: str, expected: tuple[str, ...] | None) -> None:
    assert expected == names(answer, PLANO)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('```json\n{"route": ["weather"]}\n```', ("weather",)),
        ('```\n{"route": ["weather"]}\n```', ("weather",)),
        ("```json\n{}\n```", ()),
        ('Sure! Here it is:\n```json\n{"route": ["weather"]}\n```\nAnything else?', ("weather",)),
        ('The user wants rain, so {"route": ["weather"]} is it.', ("weather",)),
        ('{"route": ["weather"]}\n\nExplanation of the route: it is about rain.', ("weather",)),
        ('{"route": ["weather"]}\nroute: "the best that there is"', ("weather",)),
        ('{{"route": ["weather"]}}', ("weather",)),
        ('{"reason": "rain", "route": ["weather"]}', ("weather",)),
        ('{"routes": ["weather"]}', ("weather",)),
        ('{"route": "weather"}', ("weather",)),
        ('{"route": "weather, weather_agent"}', ("weather", "weather_agent")),
        ('{"route": "a, b"}', ("a, b",)),
        ('{"route": "none"}', ()),
        ("{'route': 'weather'}", ("weather",)),
        ("{'route': []}", ()),
        ("{'route': ['']}", ()),
        ("{'route': None}", ()),
        ("{'route': ''}", ()),
        ("{'route': ['nobody']}", ()),
        ("{'route': ['weather_agent']}", ("weather_agent",)),
        ("{'route': ['Bob's agent', 'weather']}", ("Bob's agent", "weather")),
        ('{"route": ["Bob\'s agent"]}', ("Bob's agent",)),
        ("{'route': [\"Bob's agent\"]}", ("Bob's agent",)),
        ('{"route": ["the \\"best\\" one"]}', ('the "best" one',)),
        ('{"route": ["the "best" one"]}', ('the "best" one',)),
        ('{"route": ["Wetter f\\u00fcr K\\u00f6ln"]}', ("Wetter für Köln",)),
        ('{\\"route\\": [\\"weather\\"]}', ("weather",)),
        ("{“route”: [“weather”]}", ("weather",)),
        ('{"route": ["Weather_Agent "]}', ("weather_agent",)),
        ('{"route": ["weather", "weather_agent", "weather"]}', ("weather", "weather_agent")),
        ('{"route": [{"name": "weather", "parameters": {}}]}', ("weather",)),
        ('{"route": {"name": "weather"}}', ("weather",)),
        ('{"route": ["weather", 7, ["x"]]}', ("weather",)),
        ('{"route": ["weather" "weather_agent"]}', ("weather", "weather_agent")),
        ('{"route": ["weather", "weath', ("weather",)),
        ('<think>{"route": ["weather_agent"]}? No.</think>{"route": ["weather"]}', ("weather",)),
        ('<think>{"route": ["weather"]}? No.</think>{"route": []}', ()),
        ('{"route": ["weather"]}. The form was {"route": ["first_route_name"]}.', ("weather",)),
        ('["weather"]', ("weather",)),
        ("weather", ("weather",)),
        ('"weather"\n', ("weather",)),
        ("`weather`", ("weather",)),
        ("The weather agent, I think.", None),
        ("I cannot help with that.", None),
        ('{"route": 7}', None),
        ('{"route"', None),
        ('{"route":', None),
    ],
)
def test_an_answer_is_understood_however_it_is_dressed(answer: str, expected: tuple[str, ...] | None) -> None:
    assert expected == names(answer, AGENTS)


def test_a_long_thought_before_the_answer_is_passed_over() -> None:
    thought = "Let me think. " * ROUTER_ANSWER_CHARS_MAX

    assert ("weather",) == names(thought + '{"route": ["weather"]}', AGENTS)


@pytest.mark.parametrize(
    "answer",
    [
        '{"route":' + "[" * 50_000,
        '{"route": ' * 6000,
        '{"route": "' + "x" * 60_000,
        "{" * 60_000,
        "route" + " " * 60_000,
    ],
    ids=["deep", "many", "unended", "braces", "spaces"],
)
def test_a_hostile_answer_is_no_more_than_not_understood(answer: str) -> None:
    assert not names(answer, AGENTS)


@given(st.text() | st.text(alphabet="""route{}[]"':,\\n weather"""), st.lists(st.text(), max_size=4))
def test_no_answer_raises(answer: str, known: list[str]) -> None:
    said = names(answer, known)

    assert said is None or set(said) <= set(known)


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=5, unique=True))
def test_what_follows_the_form_is_read_as_it_is(known: list[str]) -> None:
    assert tuple(known) == names(json.dumps({"route": known}), known)
