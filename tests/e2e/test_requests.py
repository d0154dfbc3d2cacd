"""Requests as clients send them: chunked, over HTTP/2, with 100-continue, with headers not theirs to set."""

import re
import socket

import httpx
import pytest

CHAT = "/v1/chat/completions"
JSON = {"content-type": "application/json"}


def raw_exchange(gateway, request: bytes) -> bytes:
    """Everything that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_chunked_body_is_routed(http, providers):
    answer = http.post(CHAT, content=iter([b'{"mod', b'el":"fa', b'st"}']), headers=JSON)

    assert answer.status_code == 200
    assert providers.openai.only().body == b'{"model":"gpt-4o-mini"}'


def test_a_chunked_body_that_needs_no_change_is_passed(http, providers):
    answer = http.post(CHAT, content=iter([b'{"model":', b'"gpt-4o"}']), headers=JSON)

    assert answer.status_code == 200
    assert providers.openai.only().body == b'{"model":"gpt-4o"}'


def test_a_large_chunked_body_is_routed(http, providers):
    """More than one frame on its way to us: routing from pieces would silently not happen."""
    pieces = [b'{"pad":"', *([b"x" * 65536] * 64), b'","model":"fast"}']
    answer = http.post(CHAT, content=iter(pieces), headers=JSON)

    assert answer.status_code == 200
    assert providers.openai.only().body.endswith(b'","model":"gpt-4o-mini"}')


def test_trailers_after_a_chunked_body_do_no_harm(gateway, providers):
    head = f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    answer = raw_exchange(
        gateway, head.encode() + b'10\r\n{"model":"fast"}\r\n0\r\nx-plano-int-cluster: a\r\n\r\n'
    )

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert providers.openai.only().body == b'{"model":"gpt-4o-mini"}'


def test_pipelined_requests_are_answered_in_order(gateway, providers):
    request = f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\ncontent-length: %d\r\n%s\r\n"
    first = request % (18, "") + '{"model":"gpt-4o"}'
    second = request % (18, "connection: close\r\n") + '{"model":"nobody"}'

    answers = raw_exchange(gateway, (first + second).encode())
    assert [b"200", b"404"] == re.findall(rb"HTTP/1\.1 (\d+) ", answers)


def test_a_body_that_is_broken_off_reaches_no_provider(gateway, http, providers):
    head = f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\nuser-agent: broken-off\r\ncontent-length: 18\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(head.encode() + b'{"model":')

    line = gateway.logged(lambda line: line["user_agent"] == "broken-off")
    assert "DC" in line["flags"]
    assert [] == providers.requests()
    assert http.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/v1/realtime", CHAT])
def test_an_upgrade_is_refused(gateway, providers, path):
    head = f"GET {path} HTTP/1.1\r\nhost: plano\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"

    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(head.encode())
        assert client.recv(65536).split()[1] in {b"403", b"404", b"405"}
    assert [] == providers.requests()


@pytest.fixture
def http2(gateway):
    with httpx.Client(base_url=gateway.base_url, http1=False, http2=True, trust_env=False) as client:
        yield client


def test_an_http2_client_is_served(http2, providers):
    answer = http2.post(CHAT, json={"model": "fast"})

    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert providers.openai.only().json() == {"model": "gpt-4o-mini"}


def test_an_http2_client_may_send_a_body_without_a_length(http2, providers):
    answer = http2.post(CHAT, content=iter([b'{"model":', b'"fast"}']), headers=JSON)

    assert answer.status_code == 200
    assert providers.openai.only().json() == {"model": "gpt-4o-mini"}


def test_an_http2_client_gets_streams_and_errors(http2, providers):
    streamed = http2.post(CHAT, json={"model": "fast", "stream": True})
    missing = http2.post(CHAT, json={"model": "nobody"})

    assert streamed.text.endswith("data: [DONE]\n\n")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(gateway, providers):
    """curl does so with bodies over a megabyte."""
    body = b'{"model":"fast"}'
    head = (
        f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as client:
        client.sendall(head.encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(body)
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert providers.openai.only().body == b'{"model":"gpt-4o-mini"}'


SMUGGLED = {
    "length and transfer-encoding": b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 4\r\ncontent-length: 5\r\n\r\nabcd",
    "a negative length": b"content-length: -1\r\n\r\n",
    "an unknown transfer-encoding": b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"host: again\r\ncontent-length: 0\r\n\r\n",
    "a blank in a name": b"content-length : 0\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_bad_framing_reaches_no_provider(gateway, providers, rest):
    head = f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\nconnection: close\r\n".encode()

    answer = raw_exchange(gateway, head + rest)
    assert answer.split(b" ")[1] in {b"400", b"501"}
    assert b"content-type: application/json" in answer
    assert [] == providers.requests()


def test_a_bad_chunk_ends_the_connection(gateway, providers):
    """The head was fine and the exchange had begun, so Envoy can only break it off."""
    head = f"POST {CHAT} HTTP/1.1\r\nhost: plano\r\ntransfer-encoding: chunked\r\n\r\n".encode()

    raw_exchange(gateway, head + b"zz\r\nabc\r\n")
    assert [] == providers.requests()


def test_two_requests_on_one_connection_are_two_exchanges(http, providers):
    """The second is decided anew, though the connection and the worker are the same."""
    http.post(CHAT, json={"model": "fast"})
    http.post(CHAT, json={"model": "gpt-oss"})

    assert [1, 1] == [len(providers.openai.requests), len(providers.other.requests)]


SPOOFED = {
    "x-plano-int-cluster": "other",
    "X-Plano-Int-Cluster": "extproc",
    "x-plano-int-listener": "elsewhere",
    "x-plano-int-anything": "1",
    "x-envoy-upstream-rq-timeout-ms": "1",
    "x-envoy-upstream-rq-per-try-timeout-ms": "1",
    "x-envoy-max-retries": "9",
    "x-envoy-retry-on": "5xx",
    "x-envoy-original-path": "/elsewhere",
    "x-envoy-decorator-operation": "x",
    "x-arch-llm-provider": "anthropic",
    "x-arch-llm-provider-hint": "anthropic/claude-house-1",
    "x-arch-upstream": "other",
    "x-arch-streaming-request": "true",
    "x-arch-agent-listener-name": "other",
    "x-plano-prefix-hash": "00",
    "x-forwarded-for": "10.0.0.1",
    "x-forwarded-host": "elsewhere.example",
    "x-forwarded-proto": "https",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "host": "elsewhere.example",
    "cookie": "session=1",
    "te": "trailers",
}


@pytest.mark.parametrize("name", SPOOFED)
def test_a_header_that_is_not_the_clients_changes_nothing_and_goes_no_further(http, providers, name):
    """The strict provider refuses all of these."""
    answer = http.post(CHAT, json={"model": "gpt-4o"}, headers={name: SPOOFED[name]})

    assert answer.status_code == 200
    assert providers.openai.only().header("host") == providers.openai.url.removeprefix("http://")
    assert providers.openai.only() in providers.requests()


KEPT_FOR_US = [
    "x-model-affinity",
    "x-plano-cache",
    "x-plano-max-switch-spend-pct",
    "x-arch-ratelimit-selector",
]


@pytest.mark.parametrize("name", KEPT_FOR_US)
def test_a_header_of_the_gateways_own_api_goes_no_further(http, providers, name):
    assert http.post(CHAT, json={"model": "gpt-4o"}, headers={name: "50"}).status_code == 200
    assert providers.openai.only().header(name) is None


CREDENTIALS = {"authorization": "Bearer sk-mine", "x-api-key": "sk-mine", "api-key": "sk-mine"}


@pytest.mark.parametrize(
    ("model", "side", "own"),
    [
        ("gpt-4o", "openai", {"authorization": "Bearer sk-secret-openai"}),
        ("azure_openai/gpt-5", "other", {"api-key": "sk-secret-azure"}),
    ],
)
def test_the_clients_credentials_do_not_reach_a_provider_that_has_a_key(http, providers, model, side, own):
    http.post(CHAT, json={"model": model}, headers=CREDENTIALS)

    seen = getattr(providers, side).only()
    assert own == {name: seen.header(name) for name in CREDENTIALS if seen.header(name)}


def test_a_provider_without_a_key_and_a_client_without_one_gets_none(http, providers):
    http.post(CHAT, json={"model": "xai/grok-4"})

    assert providers.other.only().header("authorization") is None


def test_headers_with_underscores_pass(http, providers):
    """Some agents send ``session_id``."""
    http.post(CHAT, json={"model": "gpt-4o"}, headers={"session_id": "1"})

    assert providers.openai.only().header("session_id") == "1"


def test_a_body_on_a_get_is_not_a_reason_to_hang(http, providers):
    answer = http.request("GET", "/v1/files", content=b"{}")

    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(http, providers, method):
    assert http.request(method, CHAT).status_code in {400, 405}
    assert [] == providers.requests()


def test_too_many_headers_are_refused(http, providers):
    answer = http.post(CHAT, json={"model": "gpt-4o"}, headers={f"h-{n}": "x" for n in range(300)})

    assert answer.status_code == 431
    assert answer.headers["content-type"].startswith("application/json")
