"""The answers that Envoy gives in our name, in the shape of the API that was called."""

import http.client
import socket
from contextlib import closing
from typing import Any

import pytest

from extproc import headers as names
from extproc.testing.answers import Answer, Cut, Gate
from tests.bootstrap.conftest import BODY_BYTES_MAX, Lab
from tests.bootstrap.double import REPLY_BODY
from tests.bootstrap.running import PATIENCE_S, Response

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"

NOT_CONNECTED = "The provider acme cannot be reached: no connection to it could be made."

FAILURES = {
    "refusing": (503, "provider_unreachable", NOT_CONNECTED, "api_error"),
    "speaks-no-tls": (503, "provider_unreachable", NOT_CONNECTED, "api_error"),
    "nameless": (
        503,
        "provider_unreachable",
        "The provider acme cannot be reached: no address is known for its host.",
        "api_error",
    ),
    "missing": (503, "gateway_error", "This gateway cannot send to the provider acme.", "api_error"),
}
"""Cluster → status, reason, message, Anthropic's type."""


def openai(reason: str, message: str, kind: str) -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": reason}}


def anthropic(message: str, kind: str, request_id: str) -> Any:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}


@pytest.mark.parametrize("cluster", FAILURES)
def test_a_provider_that_cannot_be_used_is_named_in_openais_shape(lab: Lab, cluster: str) -> None:
    status, reason, message, _ = FAILURES[cluster]

    answer = lab.envoy.request(headers={"x-test-cluster": cluster})

    assert (status, openai(reason, message, "server_error")) == (answer.status, answer.json)
    assert (reason, "application/json") == (answer.headers[names.REPLY], answer.headers["content-type"])
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("cluster", FAILURES)
def test_and_in_anthropics_shape_whatever_the_providers_path(lab: Lab, cluster: str) -> None:
    """The shape follows the path that the client called, not the one it was rewritten to."""
    status, reason, message, kind = FAILURES[cluster]

    answer = lab.envoy.request(path=MESSAGES, headers={"x-test-cluster": cluster, "x-test-path": "/p/v1/x"})

    expected = anthropic(message, kind, answer.headers["request-id"])
    assert (status, expected) == (answer.status, answer.json)
    assert reason == answer.headers[names.REPLY]


def test_a_provider_that_hangs_up_is_named(lab: Lab) -> None:
    lab.provider.script(Answer(before=(Cut.RESET,)))

    answer = lab.envoy.request(headers={"x-test-cluster": "acme"})

    message = "The provider acme closed the connection before it answered."
    assert (503, openai("provider_disconnected", message, "server_error")) == (answer.status, answer.json)


def test_a_provider_that_takes_too_long_is_named(lab: Lab) -> None:
    gate = Gate()
    lab.provider.script(Answer(before=(gate,)))

    answer = lab.envoy.request(path=MESSAGES, headers={"x-test-cluster": "acme"}, port=lab.hasty)
    gate.open()

    expected = anthropic(
        "The provider acme did not answer in time.", "timeout_error", answer.headers["request-id"]
    )
    assert (504, expected) == (answer.status, answer.json)


@pytest.mark.parametrize(
    ("told", "reason", "message"),
    [
        ("leave", "undecided", "This gateway found no provider for the request."),
        (
            "fail",
            "gateway_unavailable",
            "This gateway cannot route requests at the moment. Try again shortly.",
        ),
        ("", "undecided", "This gateway found no provider for the request."),
    ],
)
def test_a_request_that_no_one_decided_on_reaches_no_provider(
    lab: Lab, told: str, reason: str, message: str
) -> None:
    """Also when a worker ends its stream without an answer, which Envoy takes as leave to go on."""
    answer = lab.envoy.request(headers={"x-test-do": told} if told else {})

    assert (503, openai(reason, message, "server_error")) == (answer.status, answer.json)
    assert [] == lab.provider.requests


def test_an_answer_of_ours_is_left_as_it_is(lab: Lab) -> None:
    answer = lab.envoy.request(path=MESSAGES, headers={"x-test-do": "reply"})

    assert (418, REPLY_BODY, "teapot") == (answer.status, answer.body, answer.headers[names.REPLY])


def test_a_body_over_the_limit_is_refused_with_the_limit_in_words(lab: Lab) -> None:
    answer = lab.envoy.request(path=MESSAGES, body=b"x" * (BODY_BYTES_MAX + 1))

    message = "The request's body is larger than 11 MiB."
    expected = anthropic(message, "request_too_large", answer.headers["request-id"])
    assert (413, expected) == (answer.status, answer.json)


@pytest.mark.parametrize(
    ("request_head", "status", "reason"),
    [
        (
            "GET /v1/realtime HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket",
            403,
            "upgrade_unsupported",
        ),
        ("CONNECT api.example:443 HTTP/1.1\r\nhost: api.example:443", 404, "unknown_path"),
        ("OPTIONS * HTTP/1.1\r\nhost: x", 404, "unknown_path"),
        ("GET / HTTP/1.0", 426, "http_version_unsupported"),
        ("GET / HTTP/1.1", 400, "invalid_request"),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked",
            400,
            "invalid_request",
        ),
        ("no HTTP", 400, "invalid_request"),
        (f"GET / HTTP/1.1\r\nhost: x\r\nx: {'a' * 100_000}", 431, "headers_too_large"),
    ],
    ids=["upgrade", "connect", "asterisk", "http-1.0", "no-host", "two-lengths", "garbage", "long-headers"],
)
def test_what_is_no_request_for_us_gets_json_too(
    lab: Lab, request_head: str, status: int, reason: str
) -> None:
    answer = raw(lab.envoy.port, request_head)

    assert (status, reason) == (answer.status, answer.json["error"]["code"])


def test_the_access_log_tells_where_a_request_went(lab: Lab) -> None:
    answer = lab.envoy.request(
        path="/v1/logged?key=secret", headers={"x-test-cluster": "acme", "x-test-path": "/p/logged?a=b"}
    )

    line = lab.envoy.logged("/v1/logged")
    expected = {
        "listener": "100 %REQ(x)%",
        "method": "POST",
        "path": "/v1/logged",
        "operation": "chat",
        "provider": "acme",
        "model": "m-1",
        "cluster": "acme",
        "upstream": f"127.0.0.1:{lab.provider.port}",
        "upstream_path": "/p/logged",
        "attempts": 1,
        "status": 200,
        "reply": None,
        "request_bytes": 2,
        "response_bytes": len(answer.body),
    }
    assert expected == {key: line[key] for key in expected}
    assert line["extproc_headers_us"] > 0
    assert line["extproc_body_us"] > 0
    assert line["request_id"]


def test_the_access_log_tells_why_a_request_failed(lab: Lab) -> None:
    lab.envoy.request(path="/v1/failed", headers={"x-test-cluster": "refusing"})

    line = lab.envoy.logged("/v1/failed")
    assert ("provider_unreachable", "UF", "acme") == (line["reply"], line["flags"], line["provider"])
    assert "Connection_refused" in line["upstream_failure"]


def raw(port: int, request_head: str) -> Response:
    """The answer to anything."""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as client:
        client.sendall(f"{request_head}\r\n\r\n".encode())
        with closing(http.client.HTTPResponse(client)) as answer:
            answer.begin()
            return Response(answer.status, {}, answer.read())
