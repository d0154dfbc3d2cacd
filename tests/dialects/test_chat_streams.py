"""Chat Completions streams: read however they are cut and put together, written as OpenAI writes them."""

import itertools

import httpx
import msgspec
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from extproc.dialects.api import Api
from extproc.dialects.openai_chat import DIALECT
from extproc.llm.events import (
    Delta,
    Event,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Ping,
    Started,
)
from extproc.llm.request import Request
from extproc.llm.response import Finish, Usage
from extproc.llm.sse import SseDecoder

HEAD = {"id": "chatcmpl-x", "object": "chat.completion.chunk", "created": 7, "model": "m"}
STARTED = Started("chatcmpl-x", "m", 7)
DONE = b"data: [DONE]\n\n"
ENDED = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def chunk(value) -> bytes:
    return b"data: " + msgspec.json.encode({**HEAD, **value}) + b"\n\n"


def delta(value, finish=None) -> bytes:
    return chunk({"choices": [{"index": 0, "delta": value, "finish_reason": finish}]})


def call(index, text=None, **fields) -> bytes:
    function = {"arguments": text, **({"name": fields.pop("name")} if "name" in fields else {})}
    place = {} if index is None else {"index": index}
    return delta({"tool_calls": [{**place, **fields, "function": function}]})


def decoded(*pieces: bytes) -> list[Event]:
    decoder = DIALECT.stream_decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.close()


def body_of(events: list[Event]) -> list[Event]:
    """The parts alone."""
    return [event for event in events if not isinstance(event, Started | Finished)]


def part(index, kind, *texts, ended=None, **fields) -> list[Event]:
    deltas = [Delta(index, text) for text in texts]
    return [PartStarted(index, kind, **fields), *deltas, PartEnded(index, **(ended or {}))]


TEXT, REASONING, REFUSAL, TOOL = PartKind.TEXT, PartKind.REASONING, PartKind.REFUSAL, PartKind.TOOL_CALL

SIGNED = {"type": "reasoning.text", "signature": "s", "format": "anthropic-claude-v1"}
CITED = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1}}

CASES = {
    "text": ([delta({"content": "a"}), delta({"content": "b"})], part(0, TEXT, "a", "b")),
    "nothing said": ([delta({"role": "assistant", "content": ""})], []),
    "content of parts": ([delta({"content": [{"type": "text", "text": "a"}]})], part(0, TEXT, "a")),
    "thinking among the content": (
        [
            delta({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}]}),
            delta({"content": "a"}),
        ],
        [*part(0, REASONING, "t"), *part(1, TEXT, "a")],
    ),
    "reasoning, then text": (
        [
            delta({"reasoning_content": "t", "content": None}),
            delta({"reasoning_content": None, "content": "a"}),
        ],
        [*part(0, REASONING, "t"), *part(1, TEXT, "a")],
    ),
    "both in one chunk": (
        [delta({"reasoning": "t", "content": "a"})],
        [*part(0, REASONING, "t"), *part(1, TEXT, "a")],
    ),
    "reasoning again": (
        [delta({"reasoning": "t"}), delta({"content": "a"}), delta({"reasoning": "u"})],
        [*part(0, REASONING, "t"), *part(1, TEXT, "a"), *part(2, REASONING, "u")],
    ),
    "signature": (
        [delta({"reasoning": "t"}), delta({"reasoning_details": [SIGNED]}), delta({"content": "a"})],
        [
            *part(0, REASONING, "t", ended={"signature": "s", "origin": Api.MESSAGES.value}),
            *part(1, TEXT, "a"),
        ],
    ),
    "refusal": ([delta({"refusal": "no"})], part(0, REFUSAL, "no")),
    "citations": (
        [delta({"content": "a"}), delta({"annotations": [CITED]})],
        part(0, TEXT, "a", ended={"annotations": ({"type": "url_citation", **CITED["url_citation"]},)}),
    ),
    "spoken": ([delta({"audio": {"transcript": "a"}})], part(0, TEXT, "a")),
    "a call in pieces": (
        [call(0, "", id="c", name="f"), call(0, '{"a"'), call(0, ":1}")],
        part(0, TOOL, '{"a"', ":1}", id="c", name="f"),
    ),
    "a call in one chunk": (
        [call(0, '{"a":1}', id="c", name="f")],
        part(0, TOOL, '{"a":1}', id="c", name="f"),
    ),
    "text, two calls": (
        [delta({"content": "a"}), call(0, "{}", id="c", name="f"), call(1, "{}", id="d", name="g")],
        [
            *part(0, TEXT, "a"),
            *part(1, TOOL, "{}", id="c", name="f"),
            *part(2, TOOL, "{}", id="d", name="g"),
        ],
    ),
    "text after a call": (
        [call(0, "{}", id="c", name="f"), delta({"content": "a"})],
        [*part(0, TOOL, "{}", id="c", name="f"), *part(1, TEXT, "a")],
    ),
    "calls by turns": (
        [call(0, "", id="c", name="f"), call(1, "", id="d", name="g"), call(0, "{}"), call(1, "{}")],
        [
            PartStarted(0, TOOL, "c", "f"),
            PartStarted(1, TOOL, "d", "g"),
            Delta(0, "{}"),
            Delta(1, "{}"),
            PartEnded(0),
            PartEnded(1),
        ],
    ),
    "other calls with the same index": (
        [call(0, "{}", id="c", name="f"), call(0, "{}", id="d", name="f")],
        [*part(0, TOOL, "{}", id="c", name="f"), *part(1, TOOL, "{}", id="d", name="f")],
    ),
    "id and name each time": (
        [call(0, '{"a"', id="c", name="f"), call(0, ":1}", id="c", name="f")],
        part(0, TOOL, '{"a"', ":1}", id="c", name="f"),
    ),
    "another id each time, but no name": (
        [call(0, '{"a"', id="c", name="f"), call(0, ":1}", id="d", name=None)],
        part(0, TOOL, '{"a"', ":1}", id="c", name="f"),
    ),
    "no index": (
        [call(None, "{}", id="c", name="f"), call(None, "{}", id="d", name="g")],
        [*part(0, TOOL, "{}", id="c", name="f"), *part(1, TOOL, "{}", id="d", name="g")],
    ),
    "no index, no id": (
        [call(None, "{}", name="f"), call(None, "{}", name="f")],
        [*part(0, TOOL, "{}", id="call_x_0", name="f"), *part(1, TOOL, "{}", id="call_x_1", name="f")],
    ),
    "no id": ([call(0, "{}", name="f")], part(0, TOOL, "{}", id="call_x_0", name="f")),
    "name after the id": (
        [call(0, "{", id="c"), call(0, "}", name="f")],
        part(0, TOOL, "{}", id="c", name="f"),
    ),
    "never a name": ([call(0, "{}", id="c")], part(0, TOOL, "{}", id="c")),
    "arguments as an object": (
        [call(0, {"a": 1}, id="c", name="f")],
        part(0, TOOL, '{"a":1}', id="c", name="f"),
    ),
    "no arguments": ([call(0, None, id="c", name="f")], part(0, TOOL, id="c", name="f")),
    "a custom call": (
        [
            delta(
                {
                    "tool_calls": [
                        {"index": 0, "id": "c", "type": "custom", "custom": {"name": "f", "input": ""}}
                    ]
                }
            ),
            delta({"tool_calls": [{"index": 0, "custom": {"input": "x"}}]}),
        ],
        part(0, TOOL, "x", id="c", name="f", custom=True),
    ),
    "a deprecated function call": (
        [
            delta({"function_call": {"name": "f", "arguments": ""}}),
            delta({"function_call": {"arguments": "{}"}}),
        ],
        part(0, TOOL, "{}", id="call_x_0", name="f"),
    ),
    "only the first choice": (
        [
            delta({"content": "a"}),
            chunk({"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}]}),
        ],
        part(0, TEXT, "a"),
    ),
    "the whole answer in one chunk": (
        [chunk({"choices": [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop"}]})],
        part(0, TEXT, "a"),
    ),
    "deltas and the whole answer": (
        [delta({"content": "a"}), chunk({"choices": [{"index": 0, "message": {"content": "a"}}]})],
        part(0, TEXT, "a"),
    ),
}


@pytest.mark.parametrize(("pieces", "expected"), CASES.values(), ids=CASES)
def test_parts_are_put_together(pieces: list[bytes], expected: list[Event]) -> None:
    events = decoded(*pieces, chunk(ENDED), DONE)
    assert STARTED == events[0]
    assert expected == body_of(events)
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize("pieces", [pieces for pieces, _ in CASES.values()], ids=CASES)
@pytest.mark.parametrize("step", [1, 5])
def test_cuts_change_nothing(pieces: list[bytes], step: int) -> None:
    whole = b"".join([*pieces, chunk(ENDED), DONE])
    assert decoded(whole) == decoded(*(whole[i : i + step] for i in range(0, len(whole), step)))


USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([delta({"content": "a"}, "stop"), DONE], Finished(Finish.STOP)),
        ([delta({"content": "a"}, "length")], Finished(Finish.LENGTH)),
        ([delta({"content": "a"}), DONE], Finished(Finish.STOP)),
        ([DONE], Finished(Finish.STOP)),
        ([call(0, "{}", id="c", name="f"), delta({}, "stop")], Finished(Finish.TOOL_CALLS)),
        (
            [delta({}, "stop"), chunk({"choices": [], "usage": USAGE}), DONE],
            Finished(Finish.STOP, Usage(1, 2)),
        ),
        ([delta({}, "stop"), chunk({"choices": [], "usage": USAGE})], Finished(Finish.STOP, Usage(1, 2))),
        ([chunk({**ENDED, "usage": USAGE}), DONE], Finished(Finish.STOP, Usage(1, 2))),
        ([chunk({**ENDED, "x_groq": {"usage": USAGE}}), DONE], Finished(Finish.STOP, Usage(1, 2))),
        (
            [chunk({"choices": [{"delta": {}, "finish_reason": "stop", "usage": USAGE}]}), DONE],
            Finished(Finish.STOP, Usage(1, 2)),
        ),
        (
            [chunk({**ENDED, "usage": USAGE}), chunk({"choices": [], "usage": None})],
            Finished(Finish.STOP, Usage(1, 2)),
        ),
        ([delta({}, "stop"), DONE.rstrip()], Finished(Finish.STOP)),
        (
            [chunk({"choices": [{"delta": {}, "finish_reason": "stop", "stop_reason": "END"}]})],
            Finished(Finish.STOP_SEQUENCE, stop_sequence="END"),
        ),
        ([delta({"content": "a"})], Failed("The provider's answer broke off before its end.")),
        ([], Failed("The provider's answer broke off before its end.")),
        (
            [delta({"content": "a"}), b"data: {oops\n\n"],
            Failed("The provider sent an event that is not JSON."),
        ),
        (
            [delta({"content": "a"}) + b"data: " + b"x" * 2**23],
            Failed("An event of the stream is larger than 4194304 bytes."),
        ),
        ([b"data: 7\n\n"], Failed("The provider sent an event that is not an object.")),
        (
            [
                delta({"content": "a"}),
                b'data: {"error":{"message":"m","type":"server_error","code":"overloaded"}}\n\n',
            ],
            Failed("m", "overloaded_error", "overloaded"),
        ),
        ([b'data: {"error":{"message":"m","code":429}}\n\n'], Failed("m", "rate_limit_error", "429")),
        ([b'event: error\ndata: {"message":"m","type":"odd"}\n\n'], Failed("m", "api_error")),
        (
            [b'data: {"object":"error","message":"m","code":400}\n\n'],
            Failed("m", "invalid_request_error", "400"),
        ),
        ([b'data: {"error":"m"}\n\n'], Failed("m")),
    ],
)
def test_the_end(pieces: list[bytes], expected: Event) -> None:
    """However the stream ends, the events end once and nothing comes after."""
    assert expected == decoded(*pieces)[-1]
    with_more = decoded(*pieces, *([delta({"content": "z"}), DONE] if pieces[-1:] == [DONE] else []))
    assert 1 == sum(isinstance(event, Finished | Failed) for event in with_more)


def test_an_event_that_never_ends_fails() -> None:
    decoder = DIALECT.stream_decoder()
    events = [event for _ in range(6) for event in decoder.feed(b"data: " + b"x" * 2**20)]
    assert [Failed("An event of the stream is larger than 4194304 bytes.")] == events


def test_azures_first_chunk_does_not_name_the_answer() -> None:
    filters = (
        b'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}\n\n'
    )
    assert STARTED == decoded(filters, delta({"content": "a"}), DONE)[0]


def test_comments_and_pings_are_no_chunks() -> None:
    events = decoded(b": processing\n\n", delta({"content": "a"}), b'data: {"type": "ping"}\n\n', DONE)
    assert 1 == events.count(Ping())


_KEYS = """
    choices delta message index content tool_calls function name id custom arguments usage error
    finish_reason reasoning reasoning_details annotations type text signature data format
    function_call x_groq input audio
"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS.split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


def assert_in_order(events: list[Event]) -> None:
    """The order that `extproc.llm.events` promises."""
    opened: list[int] = []
    ended: set[int] = set()
    for i, event in enumerate(events):
        assert isinstance(event, Started) == (i == 0) or isinstance(event, Failed)
        assert isinstance(event, Finished | Failed) == (i == len(events) - 1)
        if isinstance(event, PartStarted):
            assert len(opened) == event.index
            opened.append(event.index)
        elif isinstance(event, Delta | PartEnded):
            assert event.index in opened
            assert event.index not in ended
            ended |= {event.index} if isinstance(event, PartEnded) else set()
    if isinstance(events[-1], Finished):
        assert set(opened) == ended


@given(
    chunks=st.lists(JSON.map(lambda value: {"choices": [{"delta": value}]}) | JSON, max_size=6),
    done=st.booleans(),
)
def test_no_stream_is_too_strange(chunks: list[object], done: bool) -> None:
    pieces = [b"data: " + msgspec.json.encode(value) + b"\n\n" for value in chunks]
    events = decoded(*pieces, *([DONE] if done else []))
    assert_in_order(events)
    for include_usage in (False, True):
        encoded(events, Request("m", (), include_usage=include_usage))


@given(data=st.binary())
def test_no_bytes_are_too_strange(data: bytes) -> None:
    assert_in_order(decoded(data))


def encoded(events: list[Event], request: Request) -> bytes:
    encoder = DIALECT.stream_encoder(request)
    return b"".join(map(encoder.encode, events))


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
CITATION = st.builds(
    lambda start, title: {
        "type": "url_citation",
        "start_index": start,
        "end_index": 9,
        "title": title,
        "url": "u",
    },
    st.integers(0, 9),
    TEXTS,
)


@st.composite
def event_lists(draw):
    """A streamed answer that this API can say: reasoning, text, refusal, calls."""
    events: list[Event] = [Started(draw(TEXTS), draw(TEXTS), draw(st.integers(1, 2**40)))]
    index = itertools.count()

    def add(kind, texts, ended, **fields):
        i = next(index)
        events.extend(part(i, kind, *texts, ended=ended, **fields))

    if draw(st.booleans()):
        sealed = {"signature": draw(TEXTS), "origin": Api.MESSAGES.value} if draw(st.booleans()) else None
        add(REASONING, draw(st.lists(TEXTS, min_size=1, max_size=3)), sealed)
    if draw(st.booleans()):
        cited = {"annotations": tuple(draw(st.lists(CITATION, max_size=2)))}
        add(TEXT, draw(st.lists(TEXTS, min_size=1, max_size=3)), cited)
    if draw(st.booleans()):
        add(REFUSAL, draw(st.lists(TEXTS, min_size=1, max_size=2)), None)
    calls = draw(st.integers(0, 3))
    for i in range(calls):
        pieces = draw(st.sampled_from([['{"a"', ":1}"], ["{}"]]))
        add(TOOL, pieces, None, id=f"c{i}", name=draw(TEXTS))
    ends = [Finish.TOOL_CALLS, Finish.LENGTH] if calls else [Finish.STOP, Finish.CONTENT_FILTER]
    counts = st.integers(0, 99)
    usage = draw(st.none() | st.builds(Usage, counts, counts, counts, counts, counts))
    return [*events, Finished(draw(st.sampled_from(ends)), usage)]


@given(events=event_lists(), cut=st.integers(1, 64))
def test_what_is_encoded_is_decoded(events: list[Event], cut: int) -> None:
    stream = encoded(events, Request("m", (), include_usage=True))
    assert events == decoded(*(stream[i : i + cut] for i in range(0, len(stream), cut)))


@given(events=event_lists(), include_usage=st.booleans())
def test_the_official_type_takes_each_chunk(events: list[Event], include_usage: bool) -> None:
    decoder = SseDecoder()
    *chunks, last = decoder.feed(encoded(events, Request("m", (), include_usage=include_usage)))
    assert b"[DONE]" == last.data
    validated = [ChatCompletionChunk.model_validate_json(event.data, strict=True) for event in chunks]
    assert {"assistant", None} >= {choice.delta.role for item in validated for choice in item.choices}
    wanted = include_usage and events[-1].usage is not None
    assert wanted == (validated[-1].usage is not None)
    assert wanted == (validated[-1].choices == [])


def sdk(stream: bytes) -> openai.OpenAI:
    """The official client, for which `stream` is the answer to everything."""
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx.MockTransport(lambda _: answer)
    return openai.OpenAI(api_key="k", base_url="http://x/v1", http_client=httpx.Client(transport=transport))


EVENTS: list[Event] = [
    STARTED,
    *part(0, REASONING, "hm"),
    *part(1, TEXT, "Gr\u00fc", "\u00df dich"),
    PartStarted(2, TOOL, "c", "f"),
    PartStarted(3, TOOL, "d", "g"),
    Delta(2, '{"a"'),
    Ping(),
    Delta(2, ":1}"),
    PartEnded(2),
    PartEnded(3),
    Finished(Finish.TOOL_CALLS, Usage(10, 5, 4, 0, 2)),
]


def test_the_official_client_puts_the_stream_together() -> None:
    client = sdk(encoded(EVENTS, Request("m", (), include_usage=True)))
    with client, client.chat.completions.stream(model="m", messages=[]) as stream:
        completion = stream.get_final_completion()
    message = completion.choices[0].message
    assert "Gr\u00fc\u00df dich" == message.content
    assert [("c", "f", '{"a":1}'), ("d", "g", "{}")] == [
        (item.id, item.function.name, item.function.arguments) for item in message.tool_calls or []
    ]
    assert "tool_calls" == completion.choices[0].finish_reason
    assert completion.usage is not None
    assert (10, 5, 15) == (
        completion.usage.prompt_tokens,
        completion.usage.completion_tokens,
        completion.usage.total_tokens,
    )


def test_the_official_client_raises_a_failure() -> None:
    stream = encoded([*EVENTS[:5], Failed("too much", "overloaded_error")], Request("m", ()))
    with sdk(stream) as client, pytest.raises(openai.APIError, match="too much") as raised:
        list(client.chat.completions.create(model="m", messages=[], stream=True))
    assert ("server_error", "overloaded_error") == (raised.value.type, raised.value.code)


def test_usage_is_hidden_from_a_client_that_did_not_ask() -> None:
    assert b"usage" not in encoded(EVENTS, Request("m", (), include_usage=False))


def test_a_failure_is_not_followed_by_done() -> None:
    assert not encoded([Failed("x")], Request("m", ())).endswith(DONE)


@pytest.mark.parametrize(
    "failed",
    [
        Failed("m"),
        Failed("m", "rate_limit_error"),
        Failed("m", "overloaded_error", "overloaded_error"),
        Failed("m", "invalid_request_error"),
        Failed("m", "authentication_error"),
    ],
)
def test_a_failure_keeps_its_type(failed: Failed) -> None:
    assert [failed] == decoded(encoded([failed], Request("m", ())))


def test_a_client_of_the_deprecated_functions_gets_a_function_call() -> None:
    events = [STARTED, *part(0, TOOL, "{}", id="c", name="f"), Finished(Finish.TOOL_CALLS)]
    stream = encoded(events, Request("m", (), functions_deprecated=True))
    chunks = [ChatCompletionChunk.model_validate_json(event.data) for event in SseDecoder().feed(stream)[:-1]]
    calls = [item.choices[0].delta.function_call for item in chunks]
    assert [("f", ""), (None, "{}")] == [(item.name, item.arguments) for item in calls if item]
    assert "function_call" == chunks[-1].choices[0].finish_reason


def test_several_texts_are_one_and_thoughts_are_parted() -> None:
    cited = {"type": "url_citation", "start_index": 0, "end_index": 1, "title": "", "url": "u"}
    events = [
        STARTED,
        *part(0, REASONING, "a"),
        *part(1, TEXT, "xy"),
        *part(2, REASONING, "b", "c"),
        *part(3, TEXT, "z", ended={"annotations": (cited,)}),
        Finished(Finish.STOP),
    ]
    stream = encoded(events, Request("m", ()))
    deltas = [
        msgspec.json.decode(event.data)["choices"][0]["delta"] for event in SseDecoder().feed(stream)[:-1]
    ]
    assert "a\n\nbc" == "".join(item.get("reasoning_content", "") for item in deltas)
    assert "xyz" == "".join(item.get("content") or "" for item in deltas)
    (note,) = [item["annotations"] for item in deltas if "annotations" in item]
    assert (2, 3) == (note[0]["url_citation"]["start_index"], note[0]["url_citation"]["end_index"])
