"""An answer on its way back, without Envoy."""

import gzip
import json
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.errors import ProviderFailed
from extproc.testing import answers
from extproc.translation.answer import StreamedAnswer, WholeAnswer
from extproc.translation.request import translate

BODIES = {
    Api.CHAT: {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    Api.MESSAGES: {"model": "m", "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]},
    Api.RESPONSES: {"model": "m", "input": "hi"},
}
SSE, JSON = "text/event-stream", "application/json"
CELLS = [(client, upstream) for client in CLIENT_DIALECTS for upstream in UPSTREAM_DIALECTS]
STREAM = answers.anthropic_stream(["Hel", "lo"]).body


def turner(
    client: Api,
    upstream: Api,
    content_type: str,
    *,
    status: int = 200,
    encoding: str = "",
    stream: bool = True,
) -> StreamedAnswer | WholeAnswer:
    crossing = translate(json.dumps({**BODIES[client], "stream": stream}).encode(), client, upstream, "m")
    return crossing.answer(status, content_type, encoding)


def streamed(pieces: list[bytes], *, client: Api = Api.CHAT, encoding: str = "") -> bytes:
    answer = turner(client, Api.MESSAGES, SSE, encoding=encoding)
    assert isinstance(answer, StreamedAnswer)
    return b"".join([*(answer.feed(piece, last=False) for piece in pieces), answer.feed(b"", last=True)])


def fixed(told: bytes) -> bytes:
    """Without the time, which Messages does not tell."""
    return re.sub(rb'"created":\d+', b"", told)


@pytest.mark.parametrize(("client", "upstream"), CELLS)
def test_anything_but_a_stream_of_events_is_read_whole(client: Api, upstream: Api) -> None:
    """And a stream too, where the client asked for none or it is an error."""
    kind = UPSTREAM_DIALECTS[upstream].content_type

    assert isinstance(turner(client, upstream, kind), StreamedAnswer)
    assert isinstance(turner(client, upstream, f"{kind.upper()} ; charset=utf-8"), StreamedAnswer)
    assert isinstance(turner(client, upstream, JSON), WholeAnswer)
    assert isinstance(turner(client, upstream, ""), WholeAnswer)
    assert isinstance(turner(client, upstream, kind, stream=False), WholeAnswer)
    assert isinstance(turner(client, upstream, kind, status=429), WholeAnswer)


@given(
    cuts=st.lists(st.integers(0, len(STREAM)), max_size=5), coding=st.sampled_from(["", "gzip", "deflate"])
)
def test_it_makes_no_difference_how_a_stream_is_cut(cuts: list[int], coding: str) -> None:
    """In mid-character, in mid-field, in mid-code."""
    packed = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding](STREAM)
    ends = sorted(min(cut, len(packed)) for cut in cuts)
    pieces = [packed[a:b] for a, b in zip([0, *ends], [*ends, len(packed)], strict=True)]

    assert fixed(streamed([STREAM])) == fixed(streamed(pieces, encoding=coding))


def packed_events() -> bytes:
    """A compressed stream whose events are all there, and whose compression was never ended."""
    squeezer = zlib.compressobj(wbits=31)
    return squeezer.compress(STREAM) + squeezer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("ending", [b"", b"\xff\xff\xff\xff"], ids=["not ended", "garbage"])
def test_a_stream_that_has_said_its_last_word_is_whole(ending: bytes) -> None:
    """What is wrong with the bytes after it is no concern of the client's."""
    told = streamed([packed_events(), ending], encoding="gzip")

    assert told.endswith(b"data: [DONE]\n\n")
    assert b"error" not in told


def test_a_last_word_in_the_last_piece_counts_too() -> None:
    """Though the compression that it came in is cut off."""
    answer = turner(Api.CHAT, Api.MESSAGES, SSE, encoding="gzip")
    assert isinstance(answer, StreamedAnswer)

    assert answer.feed(packed_events(), last=True).endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("client", CLIENT_DIALECTS)
def test_a_stream_that_cannot_be_decoded_ends_in_one_error(client: Api) -> None:
    """After what could be; and nothing follows."""
    squeezer = zlib.compressobj(wbits=31)
    good = squeezer.compress(STREAM[:400]) + squeezer.flush(zlib.Z_SYNC_FLUSH)

    told = streamed([good, b"\xff" * 40, b"\xff" * 40], client=client, encoding="gzip")

    assert 1 <= told.count(b"The provider's answer broke off: it is not in the content-encoding") <= 2
    assert told.rstrip().endswith(b"}")


@pytest.mark.parametrize(("client", "upstream"), CELLS)
@given(pieces=st.lists(st.binary(max_size=60), max_size=4), status=st.sampled_from([200, 206, 400, 500]))
def test_no_bytes_are_too_bad_to_be_answered(
    client: Api, upstream: Api, pieces: list[bytes], status: int
) -> None:
    """An error event, an error, or `ProviderFailed`."""
    for kind in (SSE, JSON):
        answer = turner(client, upstream, kind, status=status)
        if isinstance(answer, StreamedAnswer):
            told = [answer.feed(piece, last=False) for piece in pieces]
            assert b"".join([*told, answer.feed(b"", last=True)])
            continue
        try:
            assert json.loads(answer.turn(b"".join(pieces)).body)["error"]
        except ProviderFailed:
            assert status < 300


@pytest.mark.parametrize(("client", "upstream"), CELLS)
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_an_error_that_cannot_be_decoded_keeps_its_status(client: Api, upstream: Api, encoding: str) -> None:
    """Its words are lost, it is not."""
    answer = turner(client, upstream, JSON, status=429, encoding=encoding)
    assert isinstance(answer, WholeAnswer)

    whole = answer.turn(b"{}")

    assert 429 == whole.status
    assert "The provider's answer cannot be read" in json.loads(whole.body)["error"]["message"]


def test_a_whole_answer_that_is_cut_off_in_its_compression_is_none() -> None:
    """Were it read, something might be missing."""
    answer = turner(Api.CHAT, Api.MESSAGES, JSON, encoding="gzip", stream=False)
    assert isinstance(answer, WholeAnswer)

    with pytest.raises(ProviderFailed, match="cut off"):
        answer.turn(gzip.compress(answers.anthropic_message("Hello").body)[:-4])


PARTIAL = {
    Api.CHAT: {"choices": [{"message": {"content": "Hello"}}]},
    Api.MESSAGES: {"content": [{"type": "text", "text": "Hello"}]},
    Api.RESPONSES: {
        "output": [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}
        ]
    },
    Api.CONVERSE: {"output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}}},
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("client", "upstream"), CELLS)
def test_an_answer_that_leaves_out_what_it_can_is_told_all_the_same(
    client: Api, upstream: Api, stream: bool
) -> None:
    """No id, no time, no model, no usage, no reason of the end; streamed or not."""
    answer = turner(client, upstream, JSON, stream=stream)
    assert isinstance(answer, WholeAnswer)

    whole = answer.turn(json.dumps(PARTIAL[upstream]).encode())

    expected = CLIENT_DIALECTS[client].content_type if stream else JSON
    assert (200, expected) == (whole.status, whole.content_type)
    assert b"Hello" in whole.body
    assert b'"id":""' not in whole.body
    assert b'"model":"m"' in whole.body


FAILURES = {
    "OpenRouter's": (
        Api.CHAT,
        {"error": {"message": "No credits.", "code": 402}, "user_id": "u"},
        402,
        "No credits.",
    ),
    "OpenRouter's in a choice": (
        Api.CHAT,
        {"choices": [{"message": {"content": ""}, "error": {"code": 500, "message": "No answer."}}]},
        502,
        "No answer.",
    ),
    "vLLM's": (Api.CHAT, {"object": "error", "message": "Too long.", "code": 400}, 400, "Too long."),
    "a string": (Api.CHAT, {"error": "model is loading"}, 502, "model is loading"),
    "an unknown code": (Api.CHAT, {"code": "1302", "msg": "Slow down."}, 502, "Slow down."),
    "Anthropic's": (
        Api.MESSAGES,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}},
        529,
        "Busy.",
    ),
    "a failed response": (
        Api.RESPONSES,
        {"status": "failed", "output": [], "error": {"code": "server_error", "message": "Oh."}},
        502,
        "Oh.",
    ),
    "an error of Responses": (
        Api.RESPONSES,
        {"error": {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "Slow down."}},
        429,
        "Slow down.",
    ),
    "Amazon's": (Api.CONVERSE, {"message": "Not yours."}, 502, "Not yours."),
}


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize(("upstream", "body", "status", "message"), FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("client", CLIENT_DIALECTS)
def test_an_error_with_a_status_of_success_is_an_error(
    client: Api, upstream: Api, body: dict[str, object], status: int, message: str, stream: bool
) -> None:
    """Never an empty answer; with the status that it should have had, so far as it says."""
    answer = turner(client, upstream, JSON, stream=stream)
    assert isinstance(answer, WholeAnswer)

    assert (status, message) == _told(answer, json.dumps(body).encode())


def _told(answer: WholeAnswer, body: bytes) -> tuple[int, str]:
    """Status and message, told or raised."""
    try:
        whole = answer.turn(body)
    except ProviderFailed as failure:
        return failure.status, failure.message
    return whole.status, json.loads(whole.body)["error"]["message"]


@pytest.mark.parametrize("upstream", UPSTREAM_DIALECTS)
@pytest.mark.parametrize("body", [{}, {"id": "x", "model": "m"}, {"data": []}])
def test_an_object_that_is_no_answer_is_not_taken_for_an_empty_one(
    upstream: Api, body: dict[str, object]
) -> None:
    """What is missing is named."""
    answer = turner(Api.CHAT, upstream, JSON, stream=False)
    assert isinstance(answer, WholeAnswer)

    with pytest.raises(ProviderFailed, match="cannot be read: it has no `"):
        answer.turn(json.dumps(body).encode())


def test_a_stream_that_fails_where_no_stream_was_asked_for_has_a_true_status() -> None:
    """Nothing of it has reached the client yet."""
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}}
    answer = turner(Api.CHAT, Api.MESSAGES, SSE, stream=False)
    assert isinstance(answer, WholeAnswer)

    whole = answer.turn(b"event: error\ndata: " + json.dumps(error).encode() + b"\n\n")

    assert (429, JSON) == (whole.status, whole.content_type)
    assert "Slow down." == json.loads(whole.body)["error"]["message"]
