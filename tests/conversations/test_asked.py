"""What a request says of its conversation, and how it gets its history."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.conversations.asked import Asked, asked
from extproc.errors import InvalidRequest

HELLO = {"type": "message", "role": "user", "content": "Hello"}


def ask(**told: object) -> Asked:
    return asked(json.dumps({"model": "m", **told}).encode())


def raw(*items: object) -> list[msgspec.Raw]:
    return [msgspec.Raw(json.dumps(item).encode()) for item in items]


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ({"input": "Hello"}, [HELLO]),
        ({"input": 'a "quoted" 💡'}, [{**HELLO, "content": 'a "quoted" 💡'}]),
        ({"input": [{"role": "user", "content": "Hello"}]}, [{"role": "user", "content": "Hello"}]),
        ({"input": []}, []),
        ({"input": None}, []),
        ({}, []),
    ],
)
def test_what_is_said(said: dict[str, object], items: list[Any]) -> None:
    assert items == [msgspec.json.decode(item) for item in ask(**said).given]


@pytest.mark.parametrize(
    ("told", "param"),
    [
        ({"input": 7}, "input"),
        ({"input": {"role": "user"}}, "input"),
        ({"input": [HELLO, "x"]}, "input[1]"),
        ({"previous_response_id": 7}, "previous_response_id"),
        ({"previous_response_id": ["resp_1"]}, "previous_response_id"),
    ],
)
def test_what_cannot_be_read_is_named(told: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ask(**told)

    assert param == refused.value.param


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"input": "\\ud800"}'])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        asked(body)


@pytest.mark.parametrize(("value", "previous"), [("resp_1", "resp_1"), ("", None), (None, None)])
def test_which_answer_it_goes_on_from(value: object, previous: str | None) -> None:
    assert previous == ask(previous_response_id=value).previous


@pytest.mark.parametrize(
    ("told", "stored"),
    [({}, True), ({"store": True}, True), ({"store": None}, True), ({"store": False}, False)],
)
def test_an_answer_is_stored_unless_the_client_says_no(told: dict[str, object], stored: bool) -> None:
    """As at OpenAI."""
    assert stored == ask(**told).stored


@pytest.mark.parametrize("told", [{"conversation": "conv_1"}, {"background": True}])
def test_what_only_a_provider_can_do_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ask(**told).refuse_elsewhere()

    assert set(told) == {refused.value.param}


def test_what_is_not_wished_for_is_not_refused() -> None:
    ask(conversation=None, background=False, prompt={"id": "pmpt_1"}).refuse_elsewhere()


def test_the_history_stands_before_the_input() -> None:
    told = ask(previous_response_id="resp_1", input="And then?", temperature=1.0)

    merged = json.loads(told.with_history(raw(HELLO, {"type": "reasoning", "id": "rs_1", "summary": []})))

    assert {
        "model": "m",
        "input": [
            HELLO,
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "role": "user", "content": "And then?"},
        ],
        "temperature": 1.0,
    } == merged


def test_other_fields_stay_as_they_are_written() -> None:
    """Numbers too, which two JSON libraries may read differently."""
    body = b'{"previous_response_id": "r", "input": [ {"a": 1.0} ], "temperature": 1e0, "x": "\\u0041"}'

    assert b'{"input":[{"a": 1.0}],"temperature":1e0,"x":"\\u0041"}' == asked(body).with_history([])


def test_a_request_without_input_has_its_history() -> None:
    assert [HELLO] == json.loads(ask().with_history(raw(HELLO)))["input"]


@given(
    st.lists(
        st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=3), max_size=4
    ),
    st.lists(
        st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=3), max_size=4
    ),
)
def test_all_items_are_there_in_their_order(history: list[Any], given_items: list[Any]) -> None:
    """Whatever they say; but for names that an ordinary item needs none of."""
    body = json.dumps({"input": given_items}).encode()

    merged = json.loads(asked(body).with_history(raw(*history)))["input"]

    assert [*map(_unnamed, history), *given_items] == merged


def _unnamed(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("id", "status")}
