"""What passes Envoy in both directions, and what does not."""

import socket
from contextlib import closing

import httpx
import pytest

from extproc import headers as names
from extproc.bootstrap.secrets import write_secrets
from extproc.testing.answers import Answer
from tests.bootstrap.conftest import BODY_BYTES_MAX, Lab
from tests.bootstrap.running import PATIENCE_S, until
from tests.bootstrap.values import ENVIRON

HOSTILE = {
    "authorization": "Bearer sk-client",
    "x-api-key": "sk-client-2",
    "api-key": "sk-client-3",
    "cookie": "session=1",
    "proxy-authorization": "Basic eDp5",
    "X-Plano-Int-Cluster": "open",
    "x-plano-int-listener": "other",
    "x-plano-anything": "1",
    "x-arch-llm-provider": "openai",
    "x-envoy-max-retries": "9",
    "x-forwarded-for": "10.0.0.1",
    "forwarded": "for=10.0.0.1",
    "x-model-affinity": "k",
    "x-tenant": "t",
    "x-request-id": "mine",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
    "baggage": "user=1",
    "te": "trailers",
    "x-amz-date": "20250101T000000Z",
    "x-amz-content-sha256": "0",
    "x-amz-security-token": "mine",
}
"""What no provider may see, and what steers Envoy or us."""

PASSING = {"session_id": "s-1", "anthropic-beta": "b-1", "user-agent": "sdk/1", "x-stainless-lang": "python"}


def test_a_provider_gets_the_clients_headers_less_ours_plus_its_own(lab: Lab) -> None:
    lab.envoy.request(headers={**HOSTILE, **PASSING, "x-test-cluster": "acme"})

    seen = dict(lab.provider.only().headers)
    expected = {
        **PASSING,
        "host": f"127.0.0.1:{lab.provider.port}",
        "content-length": "2",
        "accept-encoding": "identity",
        "x-test-cluster": "acme",
        "authorization": f"Bearer {ENVIRON['ACME_KEY']}",
        "x-team": "100 %REQ(x-test-do)%",
        "x-team-token": ENVIRON["TEAM_TOKEN"],
    }
    assert expected == seen


def test_a_worker_is_shown_neither_credentials_nor_what_a_client_forged(lab: Lab) -> None:
    lab.envoy.request(headers={**HOSTILE, **PASSING, "x-test-cluster": "acme"})

    (seen,) = lab.ext_proc.seen
    hidden = {"authorization", "x-api-key", "api-key", "cookie", "proxy-authorization"}
    forged = {names.CLUSTER, "x-arch-llm-provider", "x-envoy-max-retries"}
    assert set() == (hidden | forged) & set(seen)
    assert "100 %REQ(x)%" == seen[names.LISTENER]
    assert ("k", "t", "s-1") == (seen["x-model-affinity"], seen["x-tenant"], seen["session_id"])
    assert "mine" != seen["x-request-id"]


def test_a_client_cannot_choose_a_cluster(lab: Lab) -> None:
    """The internal header is gone before routes are looked at: only a decision leads to a provider."""
    answer = lab.envoy.request(headers={names.CLUSTER: "acme"})

    assert (503, "undecided") == (answer.status, answer.headers[names.REPLY])
    assert [] == lab.provider.requests


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ("claude", {"x-api-key": ENVIRON["ACME_KEY"], "anthropic-version": "2023-06-01"}),
        ("azure", {"api-key": ENVIRON["ACME_KEY"]}),
        ("open", {name: HOSTILE[name] for name in names.CREDENTIALS}),
    ],
)
def test_each_style_of_authentication_sends_its_header_alone(
    lab: Lab, cluster: str, expected: dict[str, str]
) -> None:
    lab.envoy.request(headers={**HOSTILE, "x-test-cluster": cluster})

    seen = dict(lab.provider.only().headers)
    of_interest = {*names.CREDENTIALS, "anthropic-version"}
    assert expected == {name: value for name, value in seen.items() if name in of_interest}


def test_a_version_that_the_client_names_is_kept(lab: Lab) -> None:
    lab.envoy.request(headers={"anthropic-version": "2024-01-01", "x-test-cluster": "claude"})

    assert "2024-01-01" == lab.provider.only().header("anthropic-version")


def test_without_a_client_credential_nothing_is_put_in_its_place(lab: Lab) -> None:
    lab.envoy.request(headers={"x-test-cluster": "open"})

    assert [None] * 3 == [lab.provider.only().header(name) for name in names.CREDENTIALS]


def test_the_host_is_the_providers(lab: Lab) -> None:
    lab.envoy.request(headers={"x-test-cluster": "open", "host": "gateway.example"})

    assert "models.example:81" == lab.provider.only().header("host")


def test_a_providers_answer_passes_and_names_its_origin(lab: Lab) -> None:
    """Its own request id and server stay; what only we may say, and what speaks of its host, does not."""
    own = (("server", "acme/1"), ("x-request-id", "acme-1"), ("retry-after", "3"))
    dropped = (("x-plano-reply", "forged"), ("x-plano-provider", "forged"), ("alt-svc", 'h3=":443"'))
    lab.provider.script(Answer(429, (*own, *dropped), (b"slow down",)))

    answer = lab.envoy.request(headers={"x-test-cluster": "acme"})

    fields = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length")}
    assert (429, b"slow down") == (answer.status, answer.body)
    assert {**dict(own), names.MODEL: "m-1", names.PROVIDER: "acme"} == fields


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("/v1/models/openai%2Fgpt-4o", "/v1/models/openai%2Fgpt-4o"),
        ("/v1/chat//completions?a=%20b&key=1", "/v1/chat//completions?a=%20b&key=1"),
        ("/v1/x/../models", "/v1/models"),
        ("http://other.example/v1/models?a=1", "/v1/models?a=1"),
    ],
)
def test_a_path_keeps_its_escapes_and_query(lab: Lab, sent: str, received: str) -> None:
    lab.envoy.request("GET", sent, {"x-test-cluster": "acme"}, body=None)

    assert received == lab.provider.only().target


def test_the_body_may_be_as_long_as_the_listener_allows(lab: Lab) -> None:
    body = b"x" * BODY_BYTES_MAX

    answer = lab.envoy.request(headers={"x-test-cluster": "acme"}, body=body)

    assert 200 == answer.status
    assert body == lab.provider.only().body


def test_chunked_bodies_are_taken(lab: Lab) -> None:
    url = f"http://127.0.0.1:{lab.envoy.port}/v1/chat/completions"

    answer = httpx.post(url, content=iter([b"{", b"}"]), headers={"x-test-cluster": "acme"})

    assert (200, b"{}") == (answer.status_code, lab.provider.only().body)


@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 413)])
def test_http2_has_the_same_limit(lab: Lab, over: int, status: int) -> None:
    """A stream's window is memory that Envoy fills before it looks at the limit."""
    with httpx.Client(http1=False, http2=True, timeout=PATIENCE_S) as client:
        url = f"http://127.0.0.1:{lab.envoy.port}/v1/chat/completions"
        body = b"x" * (BODY_BYTES_MAX + over)
        answer = client.post(url, content=body, headers={"x-test-cluster": "acme"})

    assert ("HTTP/2", status) == (answer.http_version, answer.status_code)


def test_a_client_that_waits_for_100_continue_gets_it(lab: Lab) -> None:
    with closing(socket.create_connection(("127.0.0.1", lab.envoy.port), PATIENCE_S)) as client:
        head = "POST /v1/x HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n"
        client.sendall(f"{head}x-test-cluster: acme\r\nconnection: close\r\n\r\n".encode())
        first = client.recv(4096)
        client.sendall(b"{}")
        with client.makefile("rb") as rest:
            second = rest.readline()

    assert (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n") == (first, second)


def test_max_retries_tries_the_same_target_again(lab: Lab) -> None:
    lab.provider.script(Answer(529), Answer(200))

    answer = lab.envoy.request(headers={"x-test-cluster": "acme"}, port=lab.stubborn)

    assert (200, 2) == (answer.status, len(lab.provider.requests))


def test_a_new_key_counts_without_a_restart(lab: Lab) -> None:
    write_secrets(lab.envoy.snapshot, lab.envoy.directory / "secrets", {**ENVIRON, "ACME_KEY": "sk-new"})

    def used() -> bool:
        lab.envoy.request(headers={"x-test-cluster": "azure"})
        return "sk-new" == lab.provider.requests[-1].header("api-key")

    until(used, "the new key is sent")
    write_secrets(lab.envoy.snapshot, lab.envoy.directory / "secrets", ENVIRON)
    until(lambda: not used(), "the old key is sent again")


def test_no_key_can_be_read_from_envoys_configuration(lab: Lab) -> None:
    dump = lab.envoy.admin("/config_dump?include_eds") + (lab.envoy.directory / "envoy.json").read_bytes()

    assert [] == [value for value in (*ENVIRON.values(), "100 %REQ(x-test-do)%") if value.encode() in dump]
