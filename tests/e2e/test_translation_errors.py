"""A provider's error, and ours, as the client's official SDK expects it."""

import json

import anthropic
import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Answer, Cut, error
from extproc.testing.said import Said, answer
from tests.e2e.bridging import CLIENTS, CROSSINGS, MODELS
from tests.e2e.speakers import NoAnswerError

EVERY_CROSSING = pytest.mark.parametrize(("client", "upstream"), CROSSINGS, ids=lambda api: api.name.lower())
EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS, ids=lambda api: api.name.lower())

STATUSES = {
    400: ("BadRequestError", "invalid_request_error"),
    401: ("AuthenticationError", "authentication_error"),
    429: ("RateLimitError", "rate_limit_error"),
    503: ("InternalServerError", None),
}
"""By status: the SDK's exception, and the type in the body where OpenAI's and Anthropic's agree."""

MESSAGE = "Tokens per minute: 0 left, “later”."
SHAPES = {
    Api.CHAT: {"error": {"message": MESSAGE, "type": "tokens", "param": None, "code": "limit"}},
    Api.MESSAGES: {"type": "error", "error": {"type": "limit", "message": MESSAGE}},
    Api.RESPONSES: {"error": {"message": MESSAGE, "type": "tokens", "param": None, "code": "limit"}},
    Api.CONVERSE: {"message": MESSAGE},
}


def fails(bridge, client, upstream, *, stream=False, **more):
    """What the SDK raises."""
    speaker = bridge.speakers[client]
    with pytest.raises(speaker.errors.APIStatusError) as raised:
        speaker.ask(MODELS[upstream], speaker.question("?"), stream=stream, **more)
    return raised.value


def told(client, failure):
    """Message and type of an error, which has its client's shape and nothing else."""
    body = failure.response.json()
    if client is Api.MESSAGES:
        assert body["type"] == "error"
        return body["error"]["message"], body["error"]["type"]
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    return body["error"]["message"], body["error"]["type"]


@EVERY_CROSSING
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_providers_error_is_the_clients(bridge, client, upstream, stream, status):
    """Status, words and the time to wait."""
    provider = bridge.providers[upstream]
    provider.script(error(status, SHAPES[upstream], ("retry-after", "7"), ("x-ratelimit-limit", "5")))

    failure = fails(bridge, client, upstream, stream=stream)

    exception, kind = STATUSES[status]
    message, told_kind = told(client, failure)
    assert isinstance(failure, getattr(bridge.speakers[client].errors, exception))
    assert (failure.status_code, message) == (status, MESSAGE)
    assert told_kind == kind or kind is None
    assert (failure.response.headers["retry-after"], failure.response.headers["x-ratelimit-limit"]) == (
        "7",
        "5",
    )
    assert len(provider.requests) == 1


def test_anthropics_overload_reaches_openais_sdk_as_a_fault_of_the_server(bridge):
    """529 is no status of OpenAI's."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    bridge.providers[Api.MESSAGES].script(error(529, body))

    failure = fails(bridge, Api.CHAT, Api.MESSAGES)

    assert isinstance(failure, openai.InternalServerError)
    assert (failure.status_code, failure.type, failure.code) == (529, "server_error", "overloaded_error")


@EVERY_CROSSING
def test_an_error_without_words_has_some_for_the_client(bridge, client, upstream):
    """With a content-length of 0 there is no body to replace."""
    bridge.providers[upstream].script(Answer(status=500))

    failure = fails(bridge, client, upstream)

    assert "The provider answered" in told(client, failure)[0]
    assert failure.status_code == 500


@EVERY_CROSSING
def test_a_page_of_html_is_no_answer(bridge, client, upstream):
    """Of a proxy in front of the provider."""
    html = (("content-type", "text/html"),)
    bridge.providers[upstream].script(
        Answer(502, html, (b"<h1>Bad gateway</h1>",)), Answer(200, html, (b"<h1>Log in</h1>",))
    )

    failure = fails(bridge, client, upstream)
    assert (failure.status_code, told(client, failure)[0]) == (502, "<h1>Bad gateway</h1>")

    failure = fails(bridge, client, upstream)
    assert failure.status_code == 502
    assert "The provider's answer cannot be read" in told(client, failure)[0]
    assert failure.response.headers["x-plano-reply"] == "provider_failed"


@pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_error_that_came_with_a_status_of_success_is_raised(bridge, client, stream):
    """As OpenRouter tells it; an empty answer is what it must not become."""
    body = {"error": {"message": MESSAGE, "code": 429}}
    bridge.providers[Api.CHAT].script(error(200, body))

    failure = fails(bridge, client, Api.CHAT, stream=stream)

    assert isinstance(failure, bridge.speakers[client].errors.RateLimitError)
    assert told(client, failure)[0] == MESSAGE


@EVERY_CROSSING
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_without_a_byte_is_an_error(bridge, client, upstream, stream):
    """Its headers, with the length 0, are all there is."""
    headers = answer(upstream, Said("x"), stream=stream).headers
    bridge.providers[upstream].script(Answer(200, headers))
    speaker = bridge.speakers[client]

    with pytest.raises((openai.APIError, anthropic.APIError, NoAnswerError)) as raised:
        speaker.ask(MODELS[upstream], speaker.question("?"), stream=stream)

    if not stream:
        assert raised.value.status_code == 502


@EVERY_CROSSING
@pytest.mark.parametrize("how", Cut)
def test_a_provider_that_breaks_off_before_answering_is_named(bridge, client, upstream, how):
    """By Envoy, in the client's shape."""
    bridge.providers[upstream].script(Answer(before=(how,)))

    failure = fails(bridge, client, upstream)

    assert failure.status_code in {502, 503}
    assert MODELS[upstream] in told(client, failure)[0]
    assert failure.response.headers["x-plano-reply"]


WEB_SEARCH = {Api.MESSAGES: "web_search_20250305", Api.RESPONSES: "web_search", Api.CHAT: "web_search"}
UNKNOWN = {
    Api.CHAT: ({"role": "user", "content": [{"type": "hologram", "data": "x"}]}, "messages[2].content[0]"),
    Api.MESSAGES: (
        {"role": "user", "content": [{"type": "hologram", "data": "x"}]},
        "messages[1].content[0]",
    ),
    Api.RESPONSES: ({"type": "hologram", "data": "x"}, "input[1]"),
}


@EVERY_CROSSING
def test_a_server_tool_that_cannot_cross_is_refused_by_its_name(bridge, client, upstream):
    """It would be missing, and the answer another one."""
    tools = [{"type": WEB_SEARCH[client], "name": "web_search"}]

    failure = fails(bridge, client, upstream, tools=tools)

    message, kind = told(client, failure)
    assert (failure.status_code, kind) == (400, "invalid_request_error")
    assert message.startswith("tools[0]")
    assert WEB_SEARCH[client] in message
    assert not bridge.providers[upstream].requests


@EVERY_CROSSING
def test_content_of_an_unknown_kind_is_refused_by_its_path(bridge, client, upstream):
    """Left out, it would change the question."""
    speaker = bridge.speakers[client]
    content, path = UNKNOWN[client]

    with pytest.raises(speaker.errors.BadRequestError) as raised:
        speaker.ask(MODELS[upstream], [*speaker.question("?"), content], stream=False)

    assert told(client, raised.value)[0].startswith(path)
    if client is not Api.MESSAGES:
        assert raised.value.param == path
    assert not bridge.providers[upstream].requests


@EVERY_CLIENT
def test_a_body_that_is_no_request_of_its_api_is_refused(bridge, client):
    """Though a provider of the same API might have taken it."""
    speaker = bridge.speakers[client]
    upstream = Api.CONVERSE
    wrong = {"input": {"no": "array"}} if client is Api.RESPONSES else {"messages": {"no": "array"}}

    with pytest.raises(speaker.errors.BadRequestError) as raised:
        speaker.ask(MODELS[upstream], speaker.question("?"), stream=False, extra_body=wrong)

    assert next(iter(wrong)) in json.dumps(raised.value.body)
