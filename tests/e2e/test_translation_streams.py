"""A translated stream arrives as it is made, and ends as the client's API says, whatever happens to it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import anthropic
import httpx2
import openai
import pytest

from extproc.dialects.api import Api
from extproc.llm import eventstream
from extproc.testing.answers import Answer, Cut, Gate
from extproc.testing.said import Call, Said, answer
from tests.e2e.bridging import CROSSINGS, MODELS

EVERY_CROSSING = pytest.mark.parametrize(("client", "upstream"), CROSSINGS, ids=lambda api: api.name.lower())
PACKED = pytest.mark.parametrize(
    "packed", [lambda a: a, Answer.gzipped, Answer.brotlied], ids=["plain", "gzip", "br"]
)
WORDS = Said("Hello")
FIRST, SECOND = b'"He"', b'"llo"'


def step_with(told, text):
    return next(index for index, step in enumerate(told.steps) if text in step)


def word(client, event):
    """The text that an event of the SDK adds."""
    match client:
        case Api.CHAT:
            return (event.choices[0].delta.content or "") if event.choices else ""
        case Api.MESSAGES:
            return event.delta.text if event.type == "content_block_delta" else ""
        case Api.RESPONSES:
            return event.delta if event.type == "response.output_text.delta" else ""


def until_first_word(client, events):
    return next(text for event in events if (text := word(client, event)))


@EVERY_CROSSING
@PACKED
def test_each_word_arrives_before_the_next_is_said(bridge, client, upstream, packed):
    """Compressed by the provider, too."""
    gate, told = Gate(), answer(upstream, WORDS, stream=True)
    told = packed(told).held(step_with(told, SECOND), gate)
    bridge.providers[upstream].script(told)

    events = iter(bridge.speakers[client].events(MODELS[upstream], "?"))
    first = until_first_word(client, events)
    gate.open()
    rest = "".join(word(client, event) for event in events)

    assert (first, rest) == ("He", "llo")


@EVERY_CROSSING
@PACKED
def test_a_stream_arrives_however_it_is_cut(bridge, client, upstream, packed):
    """Into pieces of seven bytes: in mid-character, mid-field, mid-frame."""
    said = Said("Grüße aus 北京 🙂", "Hm, 北京.", "sig", (Call("call_1", "look_up", {"city": "北京"}),))
    whole = packed(answer(upstream, said, stream=True))
    pieces = tuple(whole.body[i : i + 7] for i in range(0, len(whole.body), 7))
    bridge.providers[upstream].script(replace(whole, steps=pieces))
    speaker = bridge.speakers[client]

    heard = speaker.ask(MODELS[upstream], speaker.question("?"), stream=True)

    assert (heard.text, heard.thought) == (said.text, said.thought)
    assert heard.calls == (("call_1", "look_up", {"city": "北京"}),)


def drained(events):
    """The SDK's exception, or the last events of those APIs whose errors are events."""
    try:
        return [*events]
    except (openai.APIError, anthropic.APIError) as error:
        return error


def told_error(client, ended):
    """Message and type of the error that ended a stream."""
    match client:
        case Api.CHAT:
            assert type(ended) is openai.APIError
            return ended.message, ended.type
        case Api.MESSAGES:
            assert isinstance(ended, anthropic.APIStatusError)
            assert ended.body["type"] == "error"
            return ended.body["error"]["message"], ended.body["error"]["type"]
        case Api.RESPONSES:
            assert [event.type for event in ended[-2:]] == ["error", "response.failed"]
            error, failed = ended[-2], ended[-1].response
            assert (failed.status, failed.error.message) == ("failed", error.message)
            return error.message, failed.error.code


BROKEN_OFF = "The provider's answer broke off before its end."
FAILED = {Api.CHAT: "server_error", Api.MESSAGES: "api_error", Api.RESPONSES: "server_error"}
OVERLOADED = {
    Api.CHAT: "rate_limit_error",
    Api.MESSAGES: "rate_limit_error",
    Api.RESPONSES: "rate_limit_exceeded",
}


@EVERY_CROSSING
@pytest.mark.parametrize("words", [0, 1, 2], ids=["at once", "in mid-text", "without its last event"])
def test_a_stream_that_ends_early_ends_in_the_apis_error_event(bridge, client, upstream, words):
    """Silence would pass for a whole answer."""
    told = answer(upstream, WORDS, stream=True)
    cut = (0, step_with(told, SECOND), step_with(told, SECOND) + 1)[words]
    bridge.providers[upstream].script(replace(told, steps=told.steps[:cut]))

    ended = drained(bridge.speakers[client].events(MODELS[upstream], "?"))

    assert told_error(client, ended) == (BROKEN_OFF, FAILED[client])


def frame(name, message):
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return eventstream.encode(headers, json.dumps({"message": message}).encode())


def data(value):
    return b"data: " + json.dumps(value).encode() + b"\n\n"


SLOW_DOWN = {
    Api.CHAT: data({"error": {"message": "Slow down.", "type": "rate_limit_error", "code": "429"}}),
    Api.MESSAGES: b"event: error\n"
    + data({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}}),
    Api.RESPONSES: b"event: error\n"
    + data({"type": "error", "sequence_number": 9, "code": "rate_limit_exceeded", "message": "Slow down."}),
    Api.CONVERSE: frame("throttlingException", "Slow down."),
}


@EVERY_CROSSING
def test_a_providers_error_in_mid_stream_is_told_in_the_clients_words(bridge, client, upstream):
    """After what came before it."""
    told = answer(upstream, WORDS, stream=True)
    steps = (*told.steps[: step_with(told, SECOND)], SLOW_DOWN[upstream])
    bridge.providers[upstream].script(replace(told, steps=steps))

    events = iter(bridge.speakers[client].events(MODELS[upstream], "?"))

    assert until_first_word(client, events) == "He"
    assert told_error(client, drained(events)) == ("Slow down.", OVERLOADED[client])


BROKEN = {
    Api.CHAT: (Cut.RESET, openai.APIConnectionError),
    Api.MESSAGES: (Cut.RESET, httpx2.RemoteProtocolError),
    Api.RESPONSES: (Cut.CLOSE, openai.APIConnectionError),
}


@pytest.mark.parametrize(("client", "cut", "raised"), [(api, *how) for api, how in BROKEN.items()])
def test_a_connection_that_breaks_in_mid_stream_breaks_for_the_client_too(bridge, client, cut, raised):
    """Envoy resets the client's stream, and no filter is asked any more. Never does it look like the end."""
    gate, told = Gate(), answer(Api.CONVERSE, WORDS, stream=True)
    at = step_with(told, SECOND)
    bridge.providers[Api.CONVERSE].script(told.held(at, cut).held(at, gate))

    events = iter(bridge.speakers[client].events(MODELS[Api.CONVERSE], "?"))
    assert until_first_word(client, events) == "He"
    gate.open()

    with pytest.raises(raised):
        list(events)


@EVERY_CROSSING
def test_a_client_that_goes_away_takes_the_providers_work_with_it(bridge, client, upstream):
    """A model must not go on at the caller's cost."""
    gate, told = Gate(), answer(upstream, WORDS, stream=True)
    bridge.providers[upstream].script(told.held(step_with(told, SECOND), gate))
    events = bridge.speakers[client].events(MODELS[upstream], "?")
    until_first_word(client, events)

    events.close()

    assert bridge.providers[upstream].only().ended.wait(10)


@pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
def test_parallel_calls_that_a_provider_interleaves_are_told_apart(bridge, client):
    """Chat allows their pieces in any order; Messages sends a block to its end before the next."""
    calls = (Call("call_1", "look_up", {"city": "Zürich"}), Call("call_2", "look_up", {"city": "北京"}))
    told = answer(Api.CHAT, Said(calls=calls), stream=True)
    one, two = step_with(told, b'"call_1"'), step_with(told, b'"call_2"')
    order = [*range(one), one, two, two + 1, one + 1, one + 2, *range(two + 2, len(told.steps))]
    steps = tuple(told.steps[index] for index in order)
    bridge.providers[Api.CHAT].script(replace(told, steps=steps))
    speaker = bridge.speakers[client]

    heard = speaker.ask(MODELS[Api.CHAT], speaker.question("?"), stream=True)

    assert heard.calls == tuple((call.id, call.name, call.arguments) for call in calls)


def test_a_client_of_chat_is_shown_no_usage_that_it_did_not_ask_for(bridge):
    """Its chunks all have a choice then; asked, the last one has none."""
    plain, asking = (list(told(bridge, more)) for more in ({}, {"stream_options": {"include_usage": True}}))

    assert {len(event.choices) for event in plain} == {1}
    assert {event.usage for event in plain} == {None}
    assert (asking[-1].choices, asking[-1].usage.total_tokens) == ([], 29)


def told(bridge, more):
    bridge.providers[Api.MESSAGES].script(answer(Api.MESSAGES, WORDS, stream=True))
    chat = bridge.speakers[Api.CHAT]
    return chat.sdk.chat.completions.create(
        model=MODELS[Api.MESSAGES], messages=chat.question("?"), stream=True, **more
    )


def test_streams_at_the_same_time_are_kept_apart(bridge):
    """Each client hears what was said to it, though all of them are open at once."""
    clients = [bridge.speakers[client] for client, upstream in CROSSINGS if upstream is Api.CONVERSE] * 7
    gate = Gate()

    def script(seen):
        text = seen.json()["messages"][-1]["content"][0]["text"]
        told = answer(Api.CONVERSE, Said(f"You said {text}."), stream=True)
        return told.held(2, gate)

    bridge.providers[Api.CONVERSE].script_with(script)

    def ask(speaker, text):
        return speaker.ask(MODELS[Api.CONVERSE], speaker.question(text), stream=True).text

    with ThreadPoolExecutor(len(clients)) as pool:
        texts = [f"number {index}" for index in range(len(clients))]
        answers = [pool.submit(ask, *asked) for asked in zip(clients, texts, strict=True)]
        bridge.providers[Api.CONVERSE].wait_for(len(clients))
        gate.open()

        assert [heard.result(20) for heard in answers] == [f"You said {text}." for text in texts]
