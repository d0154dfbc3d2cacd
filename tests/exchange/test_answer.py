"""What happens to the answer of a translated request, from its headers to its end."""

import asyncio
import json
import zlib

import pytest

from extproc.exchange.outcome import Ending
from extproc.exchange.rules import Rules
from extproc.testing import answers
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_answers import Delivered, Provided
from extproc.testing.fake_envoy import FakeEnvoy, Forwarded

OPENAI = a_provider("openai/gpt-4o", default=True)
CLAUDE = a_provider("anthropic/claude-sonnet-4-5")
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
SSE = {"content-type": "text/event-stream; charset=utf-8"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def envoy() -> FakeEnvoy:
    return FakeEnvoy(Rules.of(a_snapshot(OPENAI, CLAUDE)))


def ask(
    envoy: FakeEnvoy,
    provided: Provided,
    *,
    path: str = CHAT,
    model: str = "claude-sonnet-4-5",
    **more: object,
) -> tuple[Forwarded, Delivered]:
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **more}
    return asyncio.run(envoy.exchange(path, json.dumps(body).encode(), provided))


def whole(answer: answers.Answer, **headers: str) -> Provided:
    """An answer of a scripted provider in one piece, with its length."""
    told = dict(answer.headers) | {"content-length": str(len(answer.body))} | headers
    return Provided(answer.status, told, (answer.body,))


def stream(answer: answers.Answer, *, last: bool = True, **more: bool) -> Provided:
    """A streamed answer, an event a piece; its end comes by itself, as in chunked coding."""
    pieces = tuple(step for step in answer.steps if isinstance(step, bytes))
    return Provided(200, dict(answer.headers), (*pieces, b"") if last else pieces, **more)


def chunks(delivered: Delivered) -> list[dict[str, object]]:
    assert delivered.body.endswith(b"data: [DONE]\n\n")
    return [json.loads(line[6:]) for line in delivered.body.split(b"\n\n") if line.startswith(b"data: {")]


def text(delivered: Delivered) -> str:
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks(delivered) if chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def content(delivered: Delivered) -> str:
    return str(json.loads(delivered.body)["choices"][0]["message"]["content"])


STREAM = answers.anthropic_stream(["Hel", "lo"])


def test_a_whole_answer_is_the_clients(envoy: FakeEnvoy) -> None:
    """What the provider said of its own bytes is gone."""
    provided = whole(answers.anthropic_message("Hello"), etag='"1"', **{"x-request-id": "req-1"})

    _, delivered = ask(envoy, provided)

    assert "Hello" == content(delivered)
    assert {
        "content-type": b"application/json",
        "x-request-id": b"req-1",
    } == delivered.headers
    assert [Ending.ROUTED] == [outcome.ending for outcome in envoy.outcomes]


def test_a_stream_is_turned_piece_by_piece(envoy: FakeEnvoy) -> None:
    """The client has each word as soon as the provider has sent it; it is told of no length."""
    _, delivered = ask(envoy, stream(STREAM, last=False), stream=True)

    assert "Hello" == text(delivered)
    assert [b"Hel" in piece for piece in delivered.pieces].index(True) == 3
    assert {"content-type": b"text/event-stream", "cache-control": b"no-cache"} == delivered.headers
    assert [Ending.ROUTED] == [outcome.ending for outcome in envoy.outcomes]


@pytest.mark.parametrize("last", [True, False], ids=["an empty piece", "the last piece"])
def test_a_stream_that_ends_early_ends_in_an_error(envoy: FakeEnvoy, last: bool) -> None:
    """Silence would look like a whole answer."""
    provided = stream(answers.sse_answer(STREAM.steps[:4]), last=last)

    _, delivered = ask(envoy, provided, stream=True)

    error = json.loads(delivered.body.split(b"data: ")[-1])["error"]
    assert "The provider's answer broke off before its end." == error["message"]
    assert b"[DONE]" not in delivered.body


def test_a_stream_without_a_body_is_an_error_event(envoy: FakeEnvoy) -> None:
    """Its headers are its end."""
    _, delivered = ask(envoy, Provided(200, SSE | {"content-length": "0"}), stream=True)

    assert b"broke off" in delivered.body
    assert "content-length" not in delivered.headers


def test_trailers_end_a_stream(envoy: FakeEnvoy) -> None:
    """The last piece does not say then that it is the last."""
    _, delivered = ask(envoy, stream(STREAM, last=False, trailers=True), stream=True)

    assert "Hello" == text(delivered)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_answer_of_which_envoy_can_hold_a_part_is_a_clear_error(envoy: FakeEnvoy, path: str) -> None:
    """Its beginning is no answer, and its end is not in sight."""
    answer = answers.openai_chat("x" * 999) if path == MESSAGES else answers.anthropic_message("x" * 999)
    model = "gpt-4o" if path == MESSAGES else "claude-sonnet-4-5"
    provided = Provided(200, JSON, (answer.body[:500], answer.body[500:]), held_bytes_max=600)

    _, delivered = ask(envoy, provided, path=path, model=model)

    assert (502, b"answer_too_large") == (delivered.status, delivered.headers["x-plano-reply"])
    assert "can be translated at once" in json.loads(delivered.body)["error"]["message"]
    assert [Ending.REPLIED] == [outcome.ending for outcome in envoy.outcomes]


@pytest.mark.parametrize("pieces", [0, 3])
def test_an_answer_that_breaks_off_ends_the_exchange(envoy: FakeEnvoy, pieces: int) -> None:
    """The client's connection breaks too: there is nobody left to tell."""
    provided = stream(answers.sse_answer(STREAM.steps[:pieces]), last=False, broken_off=True)

    ask(envoy, provided, stream=True)

    assert [Ending.ABORTED] == [outcome.ending for outcome in envoy.outcomes]


def test_a_client_that_goes_away_before_the_answer_ends_the_exchange(envoy: FakeEnvoy) -> None:
    """Once, and quietly."""
    body = b'{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}]}'

    asyncio.run(envoy.request("POST", CHAT, body=body))

    assert [Ending.ABORTED] == [outcome.ending for outcome in envoy.outcomes]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 502, 503, 529])
def test_an_error_keeps_its_status_and_headers(envoy: FakeEnvoy, status: int) -> None:
    """The words are the provider's, the shape is the client's."""
    answer = answers.error(status, {"type": "error", "error": {"type": "x_error", "message": "so it is"}})

    _, delivered = ask(envoy, whole(answer, **{"retry-after": "7"}), stream=True)

    error = json.loads(delivered.body)["error"]
    assert (status, b"7") == (delivered.status, delivered.headers["retry-after"])
    assert ("so it is", "x_error") == (error["message"], error["code"])
    assert b"application/json" == delivered.headers["content-type"]


@pytest.mark.parametrize(
    "provided",
    [Provided(503, {"content-length": "0"}), Provided(503, {}, (b"",))],
    ids=["no body", "an empty body"],
)
def test_an_error_without_words_is_given_some(envoy: FakeEnvoy, provided: Provided) -> None:
    """The SDK of the client shows a message."""
    _, delivered = ask(envoy, provided)

    assert 503 == delivered.status
    assert "The provider answered with status 503." == json.loads(delivered.body)["error"]["message"]


def test_an_error_as_a_stream_is_told_whole(envoy: FakeEnvoy) -> None:
    """The status counts, not the content type."""
    _, delivered = ask(envoy, Provided(429, SSE, (b"data: too fast\n\n",)), stream=True)

    assert (429, b"application/json") == (delivered.status, delivered.headers["content-type"])


UNREADABLE = {
    "no JSON": Provided(200, JSON, (b"<html>",)),
    "no object": Provided(200, JSON, (b"[1]",)),
    "nothing": Provided(200, JSON, (b"",)),
    "no body": Provided(200, JSON),
    "not UTF-8": Provided(200, JSON, (b'{"id":"\xff"}',)),
    "too deep": Provided(200, JSON, (b'{"a":' * 5000,)),
    "not gzip": Provided(200, JSON | {"content-encoding": "gzip"}, (b"{}",)),
    "an unknown coding": Provided(200, JSON | {"content-encoding": "zstd"}, (b"{}",)),
}


@pytest.mark.parametrize("provided", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_answer_that_cannot_be_read_is_a_502_in_the_clients_shape(
    envoy: FakeEnvoy, provided: Provided, path: str
) -> None:
    """Never what the provider sent, never an empty answer."""
    model = "gpt-4o" if path == MESSAGES else "claude-sonnet-4-5"

    _, delivered = ask(envoy, provided, path=path, model=model)

    told = json.loads(delivered.body)
    assert 502 == delivered.status
    assert ("error" if path == MESSAGES else None) == told.get("type")
    assert "The provider's answer cannot be read" in told["error"]["message"]
    assert b"provider_failed" == delivered.headers["x-plano-reply"]
    assert "content-encoding" not in delivered.headers


def test_json_instead_of_the_stream_that_was_asked_for_becomes_the_stream(envoy: FakeEnvoy) -> None:
    """Some servers cannot stream with tools, some not at all."""
    _, delivered = ask(envoy, whole(answers.anthropic_message("Hello")), stream=True)

    assert "Hello" == text(delivered)
    assert b"text/event-stream" == delivered.headers["content-type"]


def test_a_stream_instead_of_the_json_that_was_asked_for_becomes_the_answer(envoy: FakeEnvoy) -> None:
    """Some backends do nothing else."""
    _, delivered = ask(envoy, stream(STREAM))

    assert "Hello" == content(delivered)
    assert b"application/json" == delivered.headers["content-type"]


def test_a_stream_that_breaks_off_where_json_was_asked_for_is_a_502(envoy: FakeEnvoy) -> None:
    """There is no half of an answer."""
    _, delivered = ask(envoy, stream(answers.sse_answer(STREAM.steps[:4])))

    assert 502 == delivered.status
    assert "broke off" in json.loads(delivered.body)["error"]["message"]


def test_a_compressed_answer_is_told_plain(envoy: FakeEnvoy) -> None:
    """A provider may compress though it was asked not to."""
    answer = answers.anthropic_message("Hello")
    packed = zlib.compress(answer.body, wbits=31)

    _, delivered = ask(envoy, Provided(200, JSON | {"content-encoding": "gzip"}, (packed,)))

    assert "Hello" == content(delivered)
    assert "content-encoding" not in delivered.headers


def test_an_answer_of_envoys_own_passes(envoy: FakeEnvoy) -> None:
    """It has the client's shape already: no connection, a timeout, a reset."""
    own = Provided(503, JSON | {"x-plano-reply": "no_provider", "content-length": "2"}, (b"{}",))

    _, delivered = ask(envoy, own)

    assert (503, b"{}") == (delivered.status, delivered.body)
    assert own.headers["x-plano-reply"].encode() == delivered.headers["x-plano-reply"]
    assert [Ending.ROUTED] == [outcome.ending for outcome in envoy.outcomes]


def test_an_answer_in_the_clients_own_api_is_never_seen(envoy: FakeEnvoy) -> None:
    """The exchange is over when the request has left."""
    answer = answers.anthropic_stream(["Hello"])

    _, delivered = ask(envoy, stream(answer), path=MESSAGES, stream=True)

    assert answer.body == delivered.body


def test_the_request_asks_for_what_is_easiest_to_read(envoy: FakeEnvoy) -> None:
    """Uncompressed; and headers of the client's API stay behind."""
    sent, _ = ask(envoy, whole(answers.anthropic_message("Hello")))

    assert (b"identity", b"application/json") == (
        sent.headers["accept-encoding"],
        sent.headers["content-type"],
    )
    assert b"/v1/messages" == sent.headers[":path"]
    assert "claude-sonnet-4-5" == json.loads(sent.body)["model"]
