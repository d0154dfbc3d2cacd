"""A translated exchange when something around it fails: nothing of the provider's API reaches the client."""

import contextlib
import dataclasses
import signal

import httpx
import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Framing, Gate, error
from extproc.testing.gateway import Gateway
from extproc.testing.said import Said, answer
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000, max_retries: 1, max_body_bytes: 3145728}}
model_providers:
  - {{model: anthropic/claude-house-1, base_url: "{url}", access_key: $KEY}}
"""
ASKED = {"model": "claude-house-1", "messages": [{"role": "user", "content": "?"}]}
CHAT = "/v1/chat/completions"


@contextlib.contextmanager
def started():
    """A gateway and its one provider."""
    with Upstream() as provider, Gateway(CONFIG.format(url=provider.url), {"KEY": "sk-secret"}) as gateway:
        yield gateway, provider


@pytest.fixture(scope="module")
def lasting():
    """For tests that break nothing."""
    with started() as running:
        yield running


def test_a_retry_sends_the_translated_request_again(lasting):
    """And the answer that counts is the one that is translated."""
    gateway, provider = lasting
    provider.script(error(529, {"type": "error"}), answer(Api.MESSAGES, Said("Hello"), stream=False))

    response = httpx.post(f"{gateway.base_url}{CHAT}", json=ASKED, trust_env=False, timeout=20)

    first, second = provider.requests
    assert (first.target, first.body) == (second.target, second.body)
    assert response.json()["choices"][0]["message"]["content"] == "Hello"


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED], ids=lambda framing: framing.name)
@pytest.mark.parametrize(
    ("size", "status"),
    [(2 << 20, 200), (4 << 20, 502), (16 << 20, 502)],
    ids=["under the limit", "over the limit", "far over it"],
)
def test_an_answer_that_must_be_held_may_be_as_long_as_a_request(lasting, framing, size, status):
    """Envoy holds its headers back until its end has come; past the limit that is a clear error, at once."""
    gateway, provider = lasting
    long = answer(Api.MESSAGES, Said("x" * size), stream=False)
    provider.script(dataclasses.replace(long, framing=framing))

    response = httpx.post(f"{gateway.base_url}{CHAT}", json=ASKED, trust_env=False, timeout=20)

    assert response.status_code == status
    if status == 200:
        assert len(response.json()["choices"][0]["message"]["content"]) == size
    else:
        assert response.json()["error"]["code"] == "answer_too_large"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told twice to end"])
def test_a_worker_that_ends_in_mid_stream_ends_the_clients_stream(how):
    """Envoy would pass the rest of the provider's stream, if the worker's end looked like a wish."""
    with started() as (gateway, provider):
        heard = heard_until_the_worker_ends(gateway, provider, how)

    assert b"content_block" not in heard
    assert b"[DONE]" not in heard


def heard_until_the_worker_ends(gateway, provider, how):
    """What the client received; its stream must break."""
    gate, told = Gate(), answer(Api.MESSAGES, Said("Hello"), stream=True)
    at = next(index for index, step in enumerate(told.steps) if b'"llo"' in step)
    provider.script(told.held(at, gate))
    heard = b""

    with (
        httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=20) as client,
        client.stream("POST", CHAT, json={**ASKED, "stream": True}) as response,
    ):
        pieces = response.iter_raw()
        while b'"He"' not in heard:
            heard += next(pieces)
        if how is signal.SIGKILL:
            gateway.kill_extproc()
        else:
            gateway.extproc.send_signal(how)
            gateway.until(lambda: gateway.health() != 200, "extproc has heard of its end")
            gateway.extproc.send_signal(how)
            gateway.extproc.wait(20)
            gateway.extproc = None
        gate.open()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            heard += b"".join(pieces)
    return heard
