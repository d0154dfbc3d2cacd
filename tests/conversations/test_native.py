"""The body for a provider of the same API that is to store nothing."""

import json
from typing import Any

import pytest

from extproc.conversations.native import readable, unstored

ENCRYPTED = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
BARE = {"type": "reasoning", "id": "rs_2", "summary": []}
SEALED = {"type": "reasoning", "id": "rs_3", "summary": [], "encrypted_content": 'plano1:["m",null,"s",null]'}
HELLO = {"role": "user", "content": "Hello"}


def sent(*items: Any, carried: int = 0, model: str = "gpt-4o", **told: Any) -> dict[str, Any]:
    body = json.dumps({"model": model, "input": list(items), **told}).encode()
    made: dict[str, Any] = json.loads(unstored(body, carried, model))
    return made


@pytest.mark.parametrize("told", [{}, {"store": True}, {"store": None}])
def test_nothing_is_to_be_stored(told: dict[str, Any]) -> None:
    assert {"model": "grok-4", "input": [HELLO], "store": False} == sent(HELLO, model="grok-4", **told)


def test_reasoning_of_the_history_that_it_cannot_read_is_left_out() -> None:
    assert [ENCRYPTED, HELLO] == sent(ENCRYPTED, BARE, SEALED, HELLO, carried=3, model="my-model")["input"]


def test_what_the_client_sends_itself_is_its_own_affair() -> None:
    assert [BARE, HELLO] == sent(BARE, HELLO, model="my-model")["input"]


@pytest.mark.parametrize("carried", [0, 1])
def test_a_model_that_does_not_reason_is_told_no_reasoning(carried: int) -> None:
    """It refuses it, whoever has thought it."""
    made = sent(ENCRYPTED, BARE, HELLO, carried=carried, include=["reasoning.encrypted_content", "x"])

    assert ([HELLO], ["x"]) == (made["input"], made["include"])


def test_an_input_that_is_no_list_stays() -> None:
    body = b'{"model":"gpt-4o","input":"Hello"}'

    assert b'{"model":"gpt-4o","input":"Hello","store":false}' == unstored(body, 0, "gpt-4o")


@pytest.mark.parametrize(
    "model", ["gpt-5-mini", "o3", "openai/gpt-5.1", "ft:o4-mini:acme", "codex-mini-latest"]
)
def test_a_model_that_reasons_is_asked_for_its_thoughts(model: str) -> None:
    """They come back to it from here, or not at all."""
    assert ["reasoning.encrypted_content"] == sent(HELLO, model=model)["include"]


@pytest.mark.parametrize(
    "model", ["gpt-4o", "gpt-5-chat-latest", "gpt-5.1-chat-latest", "grok-4", "my-model"]
)
def test_other_models_are_not(model: str) -> None:
    """Those that do not reason refuse it."""
    assert "include" not in sent(HELLO, model=model)


@pytest.mark.parametrize(
    ("config", "asked"),
    [({"effort": "low"}, True), ({"summary": "auto"}, True), ({"effort": "none"}, False), (None, False)],
)
def test_a_client_that_asks_to_reason_tells_of_a_model_that_does(config: Any, asked: bool) -> None:
    assert asked == ("include" in sent(HELLO, model="grok-4", reasoning=config))


def test_thoughts_in_the_history_tell_it_too() -> None:
    assert "include" in sent(ENCRYPTED, HELLO, carried=1, model="grok-4")


@pytest.mark.parametrize(
    ("include", "made"),
    [
        (["message.output_text.logprobs"], ["message.output_text.logprobs", "reasoning.encrypted_content"]),
        (["reasoning.encrypted_content"], ["reasoning.encrypted_content"]),
        ([], ["reasoning.encrypted_content"]),
        ("nonsense", "nonsense"),
    ],
)
def test_what_else_is_to_be_included_stays(include: Any, made: Any) -> None:
    assert made == sent(HELLO, model="o3", include=include)["include"]


def test_an_operation_that_stores_nothing_gets_the_history_alone() -> None:
    body = json.dumps({"model": "m", "input": [BARE, HELLO]}).encode()

    assert {"model": "m", "input": [HELLO]} == json.loads(readable(body, 1, "m"))
