"""The scripted provider itself: what it keeps, what it refuses, how it breaks off."""

import gzip
import json
import socket
import ssl

import httpx
import pytest
import trustme

from extproc.testing.answers import (
    Answer,
    Cut,
    Gate,
    anthropic_stream,
    json_answer,
    openai_chat,
    openai_chat_stream,
    openai_response_stream,
)
from extproc.testing.upstream import Upstream, ViolationError

HEAD = b"POST /v1/x HTTP/1.1\r\nhost: provider.example\r\nconnection: close\r\n"


def exchange(upstream: Upstream, request: bytes) -> bytes:
    """Send raw bytes; everything that comes back until the provider closes."""
    with socket.create_connection(("127.0.0.1", upstream.port), timeout=5) as raw:
        raw.sendall(request)
        received = b""
        while data := raw.recv(65536):
            received += data
        return received


@pytest.fixture
def upstream():
    with Upstream() as provider:
        yield provider


@pytest.fixture
def client():
    with httpx.Client(trust_env=False) as client:
        yield client


def test_a_request_is_kept_as_it_arrived(upstream):
    """Case and order of the fields, the undecoded target, the body: nothing is normalised."""
    fields = b"hOSt: p\r\nX-One: 1\r\ncontent-length: 2\r\nx-one: 2\r\nConnection: close\r\n"
    exchange(upstream, b"POST /v1/a%2Fb?x=1 HTTP/1.1\r\n" + fields + b"\r\n{}")

    seen = upstream.only()
    assert seen.target == "/v1/a%2Fb?x=1"
    names = tuple(name for name, _ in seen.headers)
    assert names == ("hOSt", "X-One", "content-length", "x-one", "Connection")
    assert (seen.body, seen.chunked) == (b"{}", False)


def test_a_chunked_body_is_joined_and_marked(upstream):
    exchange(upstream, HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")

    assert (upstream.only().body, upstream.only().chunked) == (b"abc", True)


REFUSED = {
    "length and transfer-encoding": b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two authorizations": b"content-length: 0\r\nauthorization: a\r\nauthorization: b\r\n\r\n",
    "an internal header": b"content-length: 0\r\nx-plano-int-cluster: p\r\n\r\n",
    "an Envoy header": b"content-length: 0\r\nx-envoy-attempt-count: 1\r\n\r\n",
    "a forwarded address": b"content-length: 0\r\nx-forwarded-for: 10.0.0.1\r\n\r\n",
    "a trace": b"content-length: 0\r\ntraceparent: 00-1-1-01\r\n\r\n",
    "a hop-by-hop field": b"content-length: 0\r\nte: trailers\r\n\r\n",
    "a body of unknown length": b"\r\n",
    "a second host": b"content-length: 0\r\nhost: other\r\n\r\n",
    "a length that is no number": b"content-length: two\r\n\r\n",
}


@pytest.mark.parametrize("rest", REFUSED.values(), ids=REFUSED.keys())
def test_what_a_provider_refuses_is_answered_400_and_fails_the_test(rest):
    with Upstream() as upstream:
        answer = exchange(upstream, HEAD + rest)

        assert answer.startswith(b"HTTP/1.1 400 ")
        with pytest.raises(ViolationError):
            upstream.check()
        upstream.forget()


def test_scripted_answers_come_first_and_plausible_ones_after_them(upstream, client):
    upstream.script(json_answer({"scripted": 1}))

    bodies = [client.post(f"{upstream.url}/v1/chat/completions", json={"model": "m"}).json() for _ in "12"]

    assert bodies[0] == {"scripted": 1}
    assert bodies[1]["model"] == "m"


def test_a_gate_holds_the_rest_of_a_stream_back(upstream, client):
    """The first event arrives while the second is not yet sent."""
    gate = Gate()
    upstream.script(openai_chat_stream(["one"]).gated(gate))

    with client.stream("POST", f"{upstream.url}/v1/chat/completions", content=b"{}") as response:
        events = response.iter_raw()
        first = next(events)
        assert not upstream.only().ended.is_set()
        gate.open()
        rest = b"".join(events)

    assert first + rest == openai_chat_stream(["one"]).body


def test_a_gzipped_stream_unpacks_to_the_same_bytes(upstream, client):
    answer = anthropic_stream(["a", "b"])
    upstream.script(answer.gzipped())

    response = client.post(f"{upstream.url}/v1/messages", content=b"{}")

    assert response.content == answer.body
    assert gzip.decompress(answer.gzipped().body) == answer.body


CUTS = {
    "reset before the head": Answer(before=(Cut.RESET,)),
    "close before the head": Answer(before=(Cut.CLOSE,)),
    "reset in the body": Answer(steps=(b"{", Cut.RESET), content_length=9),
    "close in the body": Answer(steps=(b"{", Cut.CLOSE), content_length=9),
}


@pytest.mark.parametrize("answer", CUTS.values(), ids=CUTS.keys())
def test_a_cut_is_an_error_for_the_client(upstream, client, answer):
    upstream.script(answer)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.post(f"{upstream.url}/v1/x", content=b"{}")


def test_a_client_that_goes_away_ends_the_answer(upstream, client):
    gate = Gate()
    upstream.script(openai_chat_stream(["one"]).gated(gate))

    with client.stream("POST", f"{upstream.url}/v1/x", content=b"{}") as response:
        next(response.iter_raw())

    assert upstream.only().ended.wait(5)


def test_over_tls_the_server_name_is_kept():
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)

    with Upstream(tls=tls) as upstream, httpx.Client(verify=trust, trust_env=False) as client:
        client.post(f"https://localhost:{upstream.port}/v1/x", content=b"{}")

        assert upstream.only().server_name == "localhost"


def test_ready_made_streams_are_sequences_of_events():
    """Each step is one whole event, so that gates fall between events."""
    for answer in (openai_chat_stream(["a"]), anthropic_stream(["a"]), openai_response_stream(["a"])):
        assert all(step.endswith(b"\n\n") and step.count(b"\n\n") == 1 for step in answer.steps)


def test_a_ready_made_answer_has_the_text():
    assert json.loads(openai_chat("hi").body)["choices"][0]["message"]["content"] == "hi"
