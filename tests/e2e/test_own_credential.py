"""The client's own credential, where the gateway has none: it arrives as the provider wants it."""

import httpx
import pytest

from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners: [{{type: model, name: models, address: 127.0.0.1, port: 12000}}]
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", passthrough_auth: true}}
  - {{model: anthropic/claude-house-1, base_url: "{url}", passthrough_auth: true}}
"""
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"


@pytest.fixture(scope="module")
def provider():
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def gateway(provider):
    with Gateway(CONFIG.format(url=provider.url)) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "model", "sent", "arrived"),
    [
        (MESSAGES, "gpt-4o", {"x-api-key": "KEY"}, {"authorization": "Bearer KEY"}),
        (CHAT, "claude-house-1", {"authorization": "Bearer KEY"}, {"x-api-key": "KEY"}),
        (
            CHAT,
            "claude-house-1",
            {"authorization": "Bearer sk-ant-oat01-x"},
            {"authorization": "Bearer sk-ant-oat01-x"},
        ),
        (CHAT, "gpt-4o", {"authorization": "Bearer KEY"}, {"authorization": "Bearer KEY"}),
        (MESSAGES, "claude-house-1", {"x-api-key": "KEY"}, {"x-api-key": "KEY"}),
        (
            MESSAGES,
            "claude-house-1",
            {"authorization": "Bearer TOKEN"},
            {"authorization": "Bearer TOKEN"},
        ),
        (MESSAGES, "gpt-4o", {}, {}),
    ],
    ids=[
        "messages to bearer",
        "chat to anthropic",
        "a subscription's token",
        "chat as it is",
        "messages as it is",
        "messages with a bearer as it is",
        "none",
    ],
)
def test_a_credential_arrives_in_the_providers_own_header(gateway, provider, path, model, sent, arrived):
    """And in no other; a request that is not translated keeps what it came with."""
    provider.forget()
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}

    response = httpx.post(f"{gateway.base_url}{path}", json=body, headers=sent, trust_env=False, timeout=20)

    assert response.status_code == 200
    names = ("authorization", "x-api-key", "api-key")
    seen = provider.only()
    assert {name: seen.header(name) for name in names if seen.header(name) is not None} == arrived
