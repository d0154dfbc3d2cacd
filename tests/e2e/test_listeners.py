"""What a listener's own settings do: its limit, its retries, its timeout, several at once."""

import httpx
import pytest

from extproc.testing.answers import error, openai_chat
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - type: model
    name: small
    address: 127.0.0.1
    port: 12000
    max_body_bytes: 1000
    max_retries: 1
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: k, default: true}}
"""
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def shared():
    with Upstream() as provider:
        yield provider


@pytest.fixture
def upstream(shared):
    shared.forget()
    yield shared
    shared.check()


@pytest.fixture(scope="module")
def gateway(shared):
    with Gateway(CONFIG.format(url=shared.url)) as running:
        yield running


def post(gateway, **more):
    return httpx.post(f"{gateway.base_url}{CHAT}", trust_env=False, timeout=20, **more)


def padded(size: int) -> bytes:
    empty = b'{"model":"gpt-4o","pad":""}'
    return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]


def test_a_body_of_just_the_limit_passes(gateway, upstream):
    assert post(gateway, content=padded(1000)).status_code == 200


def test_one_byte_more_is_too_large_and_the_limit_is_told(gateway, upstream):
    answer = post(gateway, content=padded(1001))

    assert answer.status_code == 413
    assert "1000" in answer.json()["error"]["message"]
    assert [] == upstream.requests


def test_max_retries_asks_the_same_provider_again(gateway, upstream):
    upstream.script(error(503, {"error": {}}), openai_chat("second try"))

    assert post(gateway, json={"model": "gpt-4o"}).status_code == 200
    first, second = upstream.requests
    assert (first.body, first.headers) == (second.body, second.headers)


def test_when_every_try_failed_the_last_answer_passes(gateway, upstream):
    upstream.script(error(500, {"n": 1}), error(529, {"n": 2}))

    answer = post(gateway, json={"model": "gpt-4o"})

    assert (answer.status_code, answer.json()) == (529, {"n": 2})


LEGACY = """
version: v0.1
listeners:
  egress_traffic: {{address: 127.0.0.1, port: 12000, message_format: openai, timeout: 30s}}
llm_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: $KEY, default: true}}
"""


def test_a_config_of_planos_first_version_works(upstream):
    with Gateway(LEGACY.format(url=upstream.url), {"KEY": "sk-old"}) as gateway:
        assert post(gateway, json={"model": "gpt-4o"}).status_code == 200

    assert upstream.only().header("authorization") == "Bearer sk-old"


def test_a_literal_key_and_a_key_from_a_file_work(upstream, tmp_path):
    key = tmp_path / "key"
    key.write_text("sk-from-file\n")
    config = CONFIG.format(url=upstream.url) + "".join(
        f'  - {{model: {model}, base_url: "{upstream.url}", access_key: "{access}"}}\n'
        for model, access in (("groq/literal", "sk-literal"), ("xai/filed", f"file:{key}"))
    )
    with Gateway(config) as gateway:
        post(gateway, json={"model": "groq/literal"})
        post(gateway, json={"model": "xai/filed"})

    keys = [request.header("authorization") for request in upstream.requests]
    assert ["Bearer sk-literal", "Bearer sk-from-file"] == keys
