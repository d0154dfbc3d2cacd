"""A request on its way from one API to another."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.errors import InvalidRequest, PreviousResponseNotFound
from extproc.providers.table import PROFILES
from extproc.testing import said
from extproc.translation.answer import StreamedAnswer
from extproc.translation.request import Crossing, translate

USER = [{"role": "user", "content": "hi"}]
ASKED: dict[Api, dict[str, Any]] = {
    Api.CHAT: {"model": "asked", "messages": USER},
    Api.MESSAGES: {"model": "asked", "max_tokens": 99, "messages": USER},
    Api.RESPONSES: {"model": "asked", "input": "hi"},
}
CELLS = [(client, upstream) for client in CLIENT_DIALECTS for upstream in UPSTREAM_DIALECTS]


def crossed(client: Api, upstream: Api, provider: str | None = None, **more: object) -> Crossing:
    profile = PROFILES[provider] if provider else None
    return translate(json.dumps({**ASKED[client], **more}).encode(), client, upstream, "chosen", profile)


@pytest.mark.parametrize(("client", "upstream"), CELLS)
def test_the_provider_is_asked_for_the_chosen_model(client: Api, upstream: Api) -> None:
    """Not for the one that the client named, which may be an alias; Converse has it in the path."""
    crossing = crossed(client, upstream)

    assert json.loads(crossing.body).get("model", "chosen") == "chosen" == crossing.request.model
    assert (client, upstream) == (crossing.client, crossing.upstream)


@pytest.mark.parametrize(("client", "upstream"), CELLS)
def test_an_ordinary_request_loses_nothing(client: Api, upstream: Api) -> None:
    """Nor does what it says arrive otherwise than as text."""
    crossing = crossed(client, upstream)

    assert () == crossing.lost
    assert b"hi" in crossing.body


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("client", "upstream"), CELLS)
def test_a_stream_is_asked_for_where_the_client_wants_one(client: Api, upstream: Api, stream: bool) -> None:
    """Converse has a path of its own for it."""
    crossing = crossed(client, upstream, stream=stream)

    assert stream is crossing.request.stream
    assert upstream is Api.CONVERSE or stream is json.loads(crossing.body).get("stream", False)


def test_chat_is_asked_for_usage_in_a_stream_though_its_client_was_not() -> None:
    """Messages and Responses always tell it."""
    body = json.loads(crossed(Api.MESSAGES, Api.CHAT, stream=True).body)

    assert {"include_usage": True} == body["stream_options"]


@pytest.mark.parametrize(
    ("client", "upstream", "field", "value"),
    [
        (Api.CHAT, Api.MESSAGES, "logit_bias", {"1": 2}),
        (Api.CHAT, Api.MESSAGES, "seed", 7),
        (Api.CHAT, Api.CONVERSE, "frequency_penalty", 1.0),
        (Api.CHAT, Api.RESPONSES, "stop", ["x"]),
        (Api.CHAT, Api.MESSAGES, "future_field", True),
        (Api.MESSAGES, Api.CHAT, "top_k", 5),
        (Api.MESSAGES, Api.RESPONSES, "top_k", 5),
        (Api.MESSAGES, Api.CHAT, "container", "c"),
        (Api.RESPONSES, Api.MESSAGES, "truncation", "auto"),
        (Api.RESPONSES, Api.CHAT, "max_tool_calls", 3),
    ],
)
def test_what_cannot_cross_is_told(client: Api, upstream: Api, field: str, value: object) -> None:
    """Never dropped in silence."""
    crossing = crossed(client, upstream, **{field: value})

    assert (field,) == crossing.lost


def test_what_a_provider_refuses_is_told_too() -> None:
    """The API could say it; this provider of it cannot."""
    crossing = crossed(Api.MESSAGES, Api.CHAT, "mistral", metadata={"user_id": "u1"})

    assert ("user",) == crossing.lost
    assert "user" not in json.loads(crossing.body)


def test_a_field_is_renamed_for_a_provider_that_knows_it_by_another_name() -> None:
    """OpenAI's new name is not everybody's."""
    old = json.loads(crossed(Api.MESSAGES, Api.CHAT, "deepseek").body)
    new = json.loads(crossed(Api.MESSAGES, Api.CHAT, "openai").body)

    assert (99, None) == (old["max_tokens"], old.get("max_completion_tokens"))
    assert (99, None) == (new["max_completion_tokens"], new.get("max_tokens"))


REFUSED = {
    "a server tool of Anthropic's": (
        Api.MESSAGES,
        Api.CHAT,
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        "tools[0]",
    ),
    "a server tool of OpenAI's": (
        Api.RESPONSES,
        Api.MESSAGES,
        {"tools": [{"type": "web_search"}]},
        "tools[0]",
    ),
    "a block of an unknown kind": (
        Api.MESSAGES,
        Api.RESPONSES,
        {"messages": [{"role": "user", "content": [{"type": "hologram", "data": "x"}]}]},
        "messages[0].content[0]",
    ),
    "an item of an unknown kind": (
        Api.RESPONSES,
        Api.CONVERSE,
        {"input": [{"type": "computer_call", "call_id": "c", "action": {}}]},
        "input[0]",
    ),
    "a stored conversation": (Api.RESPONSES, Api.CHAT, {"conversation": "conv_0"}, "conversation"),
    "a stored prompt": (Api.RESPONSES, Api.MESSAGES, {"prompt": {"id": "pmpt_0"}}, "prompt"),
    "the background": (Api.RESPONSES, Api.CONVERSE, {"background": True}, "background"),
    "audio": (
        Api.CHAT,
        Api.MESSAGES,
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}],
                }
            ]
        },
        "messages[0].content[0]",
    ),
}


@pytest.mark.parametrize(("client", "upstream", "more", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_change_the_meaning_is_refused_by_its_name(
    client: Api, upstream: Api, more: dict[str, object], param: str
) -> None:
    """A 400 with the field, instead of an answer to another question."""
    with pytest.raises(InvalidRequest) as refused:
        crossed(client, upstream, **more)

    assert param == refused.value.param
    assert refused.value.message.startswith(param)


@pytest.mark.parametrize("upstream", [Api.CHAT, Api.MESSAGES, Api.CONVERSE])
def test_an_answer_that_only_its_provider_has_is_not_found(upstream: Api) -> None:
    """The error is OpenAI's, with a status that says what is so."""
    with pytest.raises(PreviousResponseNotFound) as refused:
        crossed(Api.RESPONSES, upstream, previous_response_id="resp_0", instructions="Be brief.")

    assert "Previous response with id 'resp_0' not found." == refused.value.message
    assert "previous_response_id" == refused.value.param


@pytest.mark.parametrize("upstream", [Api.CHAT, Api.MESSAGES, Api.CONVERSE])
def test_to_be_stored_is_asked_of_no_provider(upstream: Api) -> None:
    """What a Responses client means by it, Chat Completions has another meaning for."""
    asked = crossed(Api.RESPONSES, upstream, store=True)

    assert "store" not in json.loads(asked.body)
    assert () == asked.lost


@pytest.mark.parametrize("upstream", [Api.CHAT, Api.MESSAGES])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_answer_can_be_given_an_id(upstream: Api, stream: bool) -> None:
    """Its items are named after it, so that no two answers have one of the same name."""
    crossing = replace(crossed(Api.RESPONSES, upstream, stream=stream), response_id="resp_abc")
    provided = said.answer(upstream, said.Said("Hello"), stream=stream)
    answer = crossing.answer(200, dict(provided.headers)["content-type"])

    if isinstance(answer, StreamedAnswer):
        turned = answer.feed(provided.body, last=True)
        told = json.loads(turned.rpartition(b"data: ")[2])["response"]
    else:
        told = json.loads(answer.turn(provided.body).body)

    assert ("resp_abc", "msg_abc0000") == (told["id"], told["output"][0]["id"])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'"x"', b"\xff", b'{"a":' * 5000, b'{"a":"\\ud800"}']
)
@pytest.mark.parametrize("client", CLIENT_DIALECTS)
def test_a_body_that_is_no_request_is_refused(client: Api, body: bytes) -> None:
    """Nothing else is raised, whatever it is."""
    with pytest.raises(InvalidRequest):
        translate(body, client, Api.CHAT, "m")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "messages",
    "input",
    "tools",
    "tool_choice",
    "max_tokens",
    "system",
    "thinking",
    "reasoning",
    "stop",
)


@given(
    cell=st.sampled_from(CELLS),
    more=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3),
)
def test_any_values_are_translated_or_refused(cell: tuple[Api, Api], more: dict[str, object]) -> None:
    """A client cannot make it a fault of ours."""
    try:
        crossing = crossed(*cell, **more)
    except InvalidRequest:
        return
    assert isinstance(json.loads(crossing.body), dict)
