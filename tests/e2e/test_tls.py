"""TLS towards providers: the configured authority is trusted, and the server must prove its name."""

import ssl

import httpx
import pytest
import trustme

from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
overrides: {{upstream_tls_ca_path: "{ca}"}}
model_providers:
  - {{model: openai/by-name, base_url: "https://localhost:{port}", access_key: k}}
  - model: groq/by-host
    base_url: "https://127.0.0.1:{port}/v1"
    http_host: api.house.example
    access_key: k
  - {{model: xai/wrong-name, base_url: "https://127.0.0.1:{port}", http_host: other.example, access_key: k}}
"""


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def upstream(authority):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "api.house.example").configure_cert(tls)
    with Upstream(tls=tls) as provider:
        yield provider


@pytest.fixture(scope="module")
def gateway(authority, upstream, tmp_path_factory):
    ca = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    with Gateway(CONFIG.format(ca=ca, port=upstream.port)) as running:
        yield running


@pytest.fixture(scope="module")
def distrusting(upstream, tmp_path_factory):
    ca = tmp_path_factory.mktemp("ca") / "other.pem"
    trustme.CA().cert_pem.write_to_path(ca)
    with Gateway(CONFIG.format(ca=ca, port=upstream.port)) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(upstream):
    upstream.forget()


def ask(gateway, model):
    return httpx.post(
        f"{gateway.base_url}/v1/chat/completions", json={"model": model}, trust_env=False, timeout=20
    )


@pytest.mark.parametrize(
    ("model", "name", "host"),
    [
        ("openai/by-name", "localhost", "localhost:{port}"),
        ("groq/by-host", "api.house.example", "api.house.example"),
    ],
)
def test_the_server_name_is_the_providers(gateway, upstream, model, name, host):
    answer = ask(gateway, model)

    seen = upstream.only()
    assert (answer.status_code, seen.server_name) == (200, name)
    assert seen.header("host").removesuffix(f":{upstream.port}") == host.partition(":")[0]


def test_a_certificate_for_another_name_is_refused(gateway, upstream):
    answer = ask(gateway, "xai/wrong-name")

    assert answer.status_code in {502, 503}
    assert [] == upstream.requests


def test_a_certificate_of_an_unknown_authority_is_refused(distrusting, upstream):
    answer = ask(distrusting, "openai/by-name")

    assert answer.status_code in {502, 503}
    assert "openai/by-name" in answer.json()["error"]["message"]
    assert [] == upstream.requests


def test_the_log_tells_a_certificate_from_a_refused_connection(distrusting):
    ask(distrusting, "openai/by-name")

    line = distrusting.logged(lambda line: line["model"] == "by-name")
    assert "CERTIFICATE_VERIFY_FAILED" in line["upstream_failure"]
