"""What others said, in a body of Chat Completions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.agents.body import OpenBody, Said
from extproc.errors import InvalidRequest

SAID = (Said("weather_agent", 'It is "sunny".\n'), Said("flight_agent", "Two flights ✈"))
INSERTED = [
    {"role": "assistant", "name": "weather_agent", "content": 'It is "sunny".\n'},
    {"role": "assistant", "name": "flight_agent", "content": "Two flights ✈"},
]
SYSTEM = {"role": "system", "content": "s"}
USER = {"role": "user", "content": "u"}
CALLED = {"role": "assistant", "tool_calls": [{"id": "c"}]}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "r"}


def chat(*messages: object, **others: object) -> bytes:
    return json.dumps({"model": "m", "messages": messages, **others}).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [USER]),
        ([SYSTEM, USER], [USER]),
        ([SYSTEM], [USER, CALLED, RESULT]),
        ([], [SYSTEM]),
    ],
    ids=["the only message", "the newest of several", "not among tools", "no user"],
)
def test_it_stands_before_the_persons_last_message(before: list[object], after: list[object]) -> None:
    """Where nobody spoke as a person, before the last message of all."""
    filled = json.loads(OpenBody(chat(*before, *after)).filled(SAID))

    assert [*before, *INSERTED, *after] == filled["messages"]


def test_all_else_keeps_its_writing() -> None:
    """Numbers, escapes and unknown fields are the client's."""
    message = b'{"role": "user",  "content":"\\u0041", "x": 1.0}'
    body = b'{"stream" : true, "messages": [%b], "temperature": 1e0, "q": {"a":  [1.00]}}' % message

    filled = OpenBody(body).filled(())

    assert b'{"messages":[%b],"stream":true,"temperature":1e0,"q":{"a":  [1.00]}}' % message == filled


def test_an_earlier_agent_answers_whole_and_without_tools() -> None:
    """OpenAI refuses ``stream_options`` without a stream."""
    body = chat(USER, stream=True, stream_options={"include_usage": True}, tools=[{"type": "function"}])

    sent = json.loads(OpenBody(body).unstreamed(SAID[:1]))

    assert {
        "messages": [INSERTED[0], USER],
        "model": "m",
        "stream": False,
        "tools": [{"type": "function"}],
        "tool_choice": "none",
    } == sent


def test_what_the_client_wants_its_answer_to_look_like_is_for_the_last_agent() -> None:
    """Another's words are read, by whoever works next: several of them, or JSON, would be in the way."""
    shape = {"n": 3, "response_format": {"type": "json_object"}, "logprobs": True, "top_logprobs": 2}
    body = OpenBody(chat(USER, **shape, temperature=0.1))

    assert {"messages": [USER], "model": "m", "stream": False, "temperature": 0.1} == json.loads(
        body.unstreamed(())
    )
    assert shape.items() <= json.loads(body.filled(())).items()


def test_a_function_of_old_is_not_called_either() -> None:
    sent = json.loads(OpenBody(chat(USER, functions=[{"name": "f"}])).unstreamed(()))

    assert "none" == sent["function_call"]
    assert "tool_choice" not in sent


@pytest.mark.parametrize(
    "body", [b"{}", b'{"messages": null}', b'{"messages": [1]}', b'{"messages": [{"role": 1}]}', b"[]", b"{"]
)
def test_a_body_without_messages_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as raised:
        OpenBody(body)

    assert "messages" == raised.value.param


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ROLES = st.sampled_from(["system", "user", "assistant", "tool"])
MESSAGES = st.lists(st.fixed_dictionaries({"role": ROLES, "content": JSON}), min_size=1, max_size=5)


@given(MESSAGES, st.dictionaries(st.text(max_size=9), JSON, max_size=4), st.text())
def test_nothing_is_lost_whatever_is_in_it(
    messages: list[dict[str, object]], others: dict[str, object], text: str
) -> None:
    """Without what was put in, it is the same request."""
    body = json.dumps(others | {"messages": messages}).encode()

    filled = json.loads(OpenBody(body).filled([Said("a", text)]))

    told = {"role": "assistant", "name": "a", "content": text}
    index = filled["messages"].index(told)
    assert "user" not in [message["role"] for message in messages[index + 1 :]]
    del filled["messages"][index]
    assert json.loads(body) == filled
