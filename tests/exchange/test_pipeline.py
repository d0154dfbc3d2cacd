"""What happens to a request, from Envoy's first message to our last reply."""

import asyncio
import json
import logging

import pytest

from extproc.exchange.outcome import Ending
from extproc.exchange.rules import Rules
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_envoy import Answered, Ended, FakeEnvoy, Forwarded

OPENAI = a_provider("openai/gpt-4o", default=True)
CLAUDE = a_provider("anthropic/claude-sonnet-4-5")
GROQ = a_provider("groq/*")
CHAT = "/v1/chat/completions"


@pytest.fixture
def envoy() -> FakeEnvoy:
    aliases = {"fast": "groq/llama-3.1-8b-instant"}
    return FakeEnvoy(Rules.of(a_snapshot(OPENAI, CLAUDE, GROQ, aliases=aliases)))


def call(envoy: FakeEnvoy, method: str, path: str, body: bytes = b"", **headers: str) -> Ended:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(envoy.request(method, path, names, body))


def forwarded(ended: Ended) -> Forwarded:
    assert isinstance(ended, Forwarded)
    return ended


def answered(ended: Ended) -> Answered:
    assert isinstance(ended, Answered)
    return ended


def test_a_request_is_sent_to_the_cluster_of_its_model_with_only_the_model_changed(envoy: FakeEnvoy) -> None:
    """White space, order and unknown fields are the client's."""
    sent = forwarded(call(envoy, "POST", CHAT, b'{ "x": 1e3,\n "model": "openai/gpt-4o" }'))

    assert b'{ "x": 1e3,\n "model": "gpt-4o" }' == sent.body
    assert b"openai_api.openai.com_443" == sent.headers["x-plano-int-cluster"]
    assert str(len(sent.body)).encode() == sent.headers["content-length"]
    assert sent.rerouted
    assert [Ending.ROUTED] == [outcome.ending for outcome in envoy.outcomes]


def test_a_body_that_needs_no_change_is_not_sent_back(envoy: FakeEnvoy) -> None:
    """It would be copied for nothing; Envoy keeps what it has."""
    body = b'{"model":"gpt-4o"}'

    sent = forwarded(call(envoy, "POST", CHAT, body, content_length="18"))

    assert (body, b"18") == (sent.body, sent.headers["content-length"])


@pytest.mark.parametrize(
    ("body", "cluster", "model"),
    [
        (b'{"model":"fast"}', b"groq_api.groq.com_443", "llama-3.1-8b-instant"),
        (b'{"model":"groq/some-new-model"}', b"groq_api.groq.com_443", "some-new-model"),
        (b"{}", b"openai_api.openai.com_443", "gpt-4o"),
        (b'{"model":"none"}', b"openai_api.openai.com_443", "gpt-4o"),
    ],
    ids=["alias", "wildcard", "missing", "none"],
)
def test_the_model_decides(envoy: FakeEnvoy, body: bytes, cluster: bytes, model: str) -> None:
    """The body that leaves names the model the provider knows."""
    sent = forwarded(call(envoy, "POST", CHAT, body))

    assert (cluster, model) == (sent.headers["x-plano-int-cluster"], json.loads(sent.body)["model"])


def test_the_path_becomes_the_providers_and_the_query_stays(envoy: FakeEnvoy) -> None:
    """Groq has its own prefix."""
    sent = forwarded(call(envoy, "POST", f"{CHAT}?trace=1", b'{"model":"fast"}'))

    assert b"/openai/v1/chat/completions?trace=1" == sent.headers[":path"]


def test_what_was_decided_is_told_as_metadata(envoy: FakeEnvoy) -> None:
    """Access log and answer headers are made from it."""
    sent = forwarded(call(envoy, "POST", CHAT, b'{"model":"fast"}'))

    expected = {
        "listener": "models",
        "operation": "chat",
        "provider": "groq/*",
        "model": "llama-3.1-8b-instant",
    }
    assert expected == sent.metadata


def test_a_request_without_a_body_is_routed_by_its_headers_alone(envoy: FakeEnvoy) -> None:
    """Its reply must be to the headers: no body message will come."""
    sent = forwarded(call(envoy, "GET", "/v1/files"))

    assert (b"openai_api.openai.com_443", True) == (sent.headers["x-plano-int-cluster"], sent.rerouted)
    assert ["request_headers"] == envoy.messages
    assert "model" not in sent.metadata


def test_an_operation_that_needs_no_model_gets_none_from_us(envoy: FakeEnvoy) -> None:
    """The default chat model would be wrong for a moderation; the provider has its own default."""
    body = b'{"input":"hello"}'

    sent = forwarded(call(envoy, "POST", "/v1/moderations", body))

    assert (body, "openai/gpt-4o") == (sent.body, sent.metadata["provider"])
    assert "model" not in sent.metadata


def test_messages_go_to_a_provider_that_speaks_messages(envoy: FakeEnvoy) -> None:
    """Same API in and out: the body passes."""
    body = b'{"model":"claude-sonnet-4-5","max_tokens":1,"messages":[]}'

    sent = forwarded(call(envoy, "POST", "/v1/messages", body))

    assert (b"anthropic_api.anthropic.com_443", body) == (sent.headers["x-plano-int-cluster"], sent.body)


def test_a_multipart_body_is_routed_by_its_model_part(envoy: FakeEnvoy) -> None:
    """The file in it stays what it is."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ngroq/whisper-large-v3\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n\x00\xff\r\n--b--\r\n'
    )

    sent = forwarded(
        call(envoy, "POST", "/v1/audio/transcriptions", body, content_type="multipart/form-data; boundary=b")
    )

    assert body.replace(b"groq/whisper", b"whisper") == sent.body
    assert b"/openai/v1/audio/transcriptions" == sent.headers[":path"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", CHAT, b'{"model":"gpt-9"}', 404),
        ("POST", CHAT, b"{", 400),
        ("POST", CHAT, b"[]", 400),
        ("POST", CHAT, b"", 400),
        ("POST", CHAT, b'{"model":7}', 400),
        ("POST", CHAT, b"\xff", 400),
        ("POST", CHAT, b'{"a":' * 10_000, 400),
        ("POST", CHAT, b'{"model":"\\ud800"}', 400),
        ("POST", CHAT, b'{"model":"groq/\\ud800"}', 400),
        ("POST", CHAT, b'{"model":"gpt-4o","mod\\u0065l":"x"}', 400),
        ("GET", CHAT, b"", 405),
        ("POST", "/v2/chat", b"{}", 404),
        ("POST", "/v1/%ff\xff", b"{}", 404),
        ("POST", "/v1/audio/transcriptions", b"{}", 400),
        ("POST", "/v1/messages", b'{"model":"gpt-4o"}', 400),
    ],
)
def test_a_bad_request_gets_one_error_in_its_own_api(
    envoy: FakeEnvoy, method: str, path: str, body: bytes, status: int
) -> None:
    """Never a crash, never on to a provider."""
    reply = answered(call(envoy, method, path, body))

    assert status == reply.status
    assert ("anthropic" if path == "/v1/messages" else "openai") == shape(reply.body)
    assert reply.metadata["replied"] is True
    assert reply.headers["x-plano-reply"] == reply.metadata["reply"]
    assert "plano_reply" == reply.details


def shape(body: bytes) -> str:
    error = json.loads(body)
    if error.get("type") == "error":
        assert {"type", "message"} == set(error["error"])
        return "anthropic"
    assert {"message", "type", "param", "code"} == set(error["error"])
    return "openai"


def test_a_body_over_the_listeners_limit_is_refused(envoy: FakeEnvoy) -> None:
    """Also one that Envoy let through: it holds nobody to a limit below 1 MiB."""
    limit = envoy.rules.body_bytes_max["models"]
    body = b'{"model":"gpt-4o"}'.ljust(limit + 1)

    assert 413 == answered(call(envoy, "POST", CHAT, body)).status
    forwarded(call(envoy, "POST", CHAT, body[:limit]))


def test_a_body_that_takes_long_holds_up_nobody(envoy: FakeEnvoy) -> None:
    """Otherwise a few of them would stop the worker's health checks, and with them the gateway."""
    message = b'{"role":"user","content":"hi"},'
    long = b'{"model":"gpt-4o","max_tokens":1,"messages":[' + message * 100_000 + message[:-1] + b"]}"
    order: list[str] = []

    async def ask(name: str, path: str, body: bytes) -> None:
        forwarded(await envoy.request("POST", path, {}, body))
        order.append(name)

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask("long", "/v1/messages", long))
            tasks.create_task(ask("short", CHAT, b'{"model":"gpt-4o"}'))

    asyncio.run(both())

    assert ["short", "long"] == order


def test_a_compressed_body_is_refused_with_what_to_do(envoy: FakeEnvoy) -> None:
    """We would have to change it."""
    reply = answered(call(envoy, "POST", CHAT, b"\x1f\x8b", content_encoding="gzip"))

    assert (415, "identity") == (reply.status, reply.headers["accept-encoding"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/healthz", 200), ("GET", "/v1/models", 200), ("OPTIONS", "/v1/models", 204)],
)
def test_our_own_resources_are_answered_without_asking_for_a_body(
    envoy: FakeEnvoy, method: str, path: str, status: int
) -> None:
    """One message in, one reply out."""
    reply = answered(call(envoy, method, path))

    assert (status, ["request_headers"]) == (reply.status, envoy.messages)


def test_the_health_check_tells_the_generation_of_the_config(envoy: FakeEnvoy) -> None:
    """An operator sees which config is in force."""
    reply = answered(call(envoy, "GET", "/healthz"))

    assert {"status": "ok", "config": {"generation": 1, "error": None}} == json.loads(reply.body)


@pytest.mark.parametrize("after_headers", [True, False])
def test_an_answer_that_envoy_made_itself_passes(envoy: FakeEnvoy, after_headers: bool) -> None:
    """A body over the limit is Envoy's 413, whose headers come where the body was awaited."""
    ended = asyncio.run(envoy.local_reply(413, after_headers=after_headers))

    assert b"413" == forwarded(ended).headers[":status"]
    assert [Ending.PASSED] == [outcome.ending for outcome in envoy.outcomes]


@pytest.mark.parametrize("after_headers", [True, False])
def test_a_client_that_goes_away_ends_the_exchange(envoy: FakeEnvoy, after_headers: bool) -> None:
    """Once, and quietly."""
    asyncio.run(envoy.hang_up(after_headers=after_headers))

    assert [Ending.ABORTED] == [outcome.ending for outcome in envoy.outcomes]


def test_a_fault_of_ours_is_a_clean_error_and_a_line_in_the_log(
    envoy: FakeEnvoy, caplog: pytest.LogCaptureFixture
) -> None:
    """The stream must not end without a reply: Envoy would send the request on unprocessed."""
    object.__setattr__(envoy.rules, "models", None)
    with caplog.at_level(logging.ERROR):
        reply = answered(call(envoy, "POST", CHAT, b'{"model":"gpt-4o"}'))

    assert (500, "internal_error") == (reply.status, reply.headers["x-plano-reply"])
    assert [Ending.FAILED] == [outcome.ending for outcome in envoy.outcomes]
    assert "7f9c2ba4-e88f-827d-a160-455076059c50" in caplog.text
