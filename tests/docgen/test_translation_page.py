"""`docs/translation.md` is made from the code, its example runs, and no field is left out."""

import re
from types import ModuleType

import pytest
from anthropic.types import message_create_params as messages_params
from anthropic.types.beta import message_create_params as beta_params
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params as responses_params

from docgen import chat, messages, responses
from docgen.answer import _sum as summed
from docgen.probe import changes
from docgen.translation import PAGE, page

EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_page_is_what_the_code_says_now() -> None:
    assert page() == PAGE.read_text(), "make docs-translation writes it"


def test_the_example_runs() -> None:
    (example,) = EXAMPLE.findall(PAGE.read_text())

    exec(compile(example, str(PAGE), "exec"), {})


def probed(module: ModuleType) -> set[str]:
    """The fields that stand at the beginning of a row's label."""
    return {re.match(r"`(\w+)`", probe.label)[1] for probe in module.FIELDS}


@pytest.mark.parametrize(
    ("module", "params"),
    [
        (chat, chat_params.CompletionCreateParamsBase),
        (responses, responses_params.ResponseCreateParamsBase),
        (messages, messages_params.MessageCreateParamsBase),
        (messages, beta_params.MessageCreateParamsBase),
    ],
    ids=["chat", "responses", "messages", "messages-beta"],
)
def test_every_field_of_the_official_api_has_a_row(module: ModuleType, params: type) -> None:
    in_messages = {"messages", "input", "tools"}

    assert set() == set(params.__annotations__) - in_messages - probed(module)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({}, {"a": 1}, ["`a`: `1`"]),
        ({"a": 1}, {}, ["without `a`"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["`a.b`: `2`"]),
        ({"a": []}, {"a": [{"type": "x"}]}, ["`a[]` `x`"]),
        ({"a": [{"type": "x"}, 1]}, {"a": [{"type": "x"}, {"role": "u"}, 1]}, ["`a[]` role `u`"]),
        ({"a": [{"n": 1}]}, {"a": [{"n": 2}]}, ["`a[].n`: `2`"]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, ["without some `a[]`"]),
        ({}, {"a": {"b": "x" * 99}}, ["`a.b`"]),
    ],
)
def test_a_difference_is_told(before: object, after: object, expected: list[str]) -> None:
    assert expected == list(changes(before, after))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1000, "`in`"), (1001, "`in` + `cached`"), (999, "`in` less `cached`"), (11_000, "`out` + `in`")],
)
def test_a_sum_is_told(value: int, expected: str) -> None:
    assert expected == summed(value, {1: "cached", 1000: "in", 10_000: "out"})
