"""A provider's own error passes with status, body and headers; one that cannot be reached is named."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import anthropic
import httpx
import httpx2
import openai
import pytest

from extproc.testing.answers import (
    Answer,
    Cut,
    Framing,
    Gate,
    anthropic_message,
    error,
    openai_chat,
    openai_chat_stream,
)
from extproc.testing.gateway import Gateway
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"

OPENAI_ERROR = {"error": {"message": "slow down", "type": "rate_limit", "param": None, "code": "too_many"}}
SDK_ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    504: openai.InternalServerError,
    529: openai.InternalServerError,
}


@pytest.mark.parametrize(("status", "kind"), SDK_ERRORS.items())
def test_a_providers_error_passes_untouched_and_is_not_retried(ask, providers, status, kind):
    headers = (("retry-after", "7"), ("x-request-id", "req-of-provider"), ("x-ratelimit-limit", "5"))
    answer = error(status, OPENAI_ERROR, *headers)
    providers.openai.script(answer)

    with pytest.raises(kind) as raised:
        ask("gpt-4o")

    response = raised.value.response
    assert (response.status_code, response.content) == (status, answer.body)
    assert headers == tuple((name, response.headers[name]) for name, _ in headers)
    assert "x-plano-reply" not in response.headers
    providers.openai.only()


def test_anthropic_overloaded_passes(anthropic_client, providers):
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    providers.anthropic.script(error(529, body))

    with pytest.raises(anthropic.InternalServerError) as raised:
        anthropic_client.messages.create(model="claude", max_tokens=5, messages=[])

    assert (raised.value.status_code, raised.value.body) == (529, body)


def test_an_error_that_is_not_json_passes_as_it_is(http, providers):
    page = Answer(502, (("content-type", "text/html"),), (b"<h1>bad</h1>",))
    providers.openai.script(page)

    answer = http.post(CHAT, json={"model": "gpt-4o"})

    assert (answer.status_code, answer.content) == (502, page.body)
    assert answer.headers["content-type"] == "text/html"


def test_an_answer_without_a_length_passes(http, providers):
    providers.openai.script(replace(openai_chat("Hello"), framing=Framing.CLOSE))

    assert http.post(CHAT, json={"model": "gpt-4o"}).json()["choices"][0]["message"]["content"] == "Hello"


BROKEN = {
    "reset before the head": Answer(before=(Cut.RESET,)),
    "closed before the head": Answer(before=(Cut.CLOSE,)),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_provider_that_breaks_off_before_answering_is_named(http, providers, answer):
    providers.openai.script(answer)

    response = http.post(CHAT, json={"model": "gpt-4o"})

    assert response.status_code in {502, 503}
    assert "openai" in response.json()["error"]["message"]
    providers.openai.only()


CUT_OFF = {
    "reset in the body": Answer(steps=(b'{"id":', Cut.RESET), content_length=99),
    "closed in the body": Answer(steps=(b'{"id":', Cut.CLOSE), content_length=99),
    "a length that promises too much": Answer(steps=(b"{}", Cut.CLOSE), content_length=3),
}


@pytest.mark.parametrize("answer", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_an_answer_that_is_cut_off_never_looks_whole(http, providers, answer):
    """It breaks off for the client too, or is a 502 when Envoy saw the end before it passed the head."""
    providers.openai.script(answer)

    try:
        status = http.post(CHAT, json={"model": "gpt-4o"}).status_code
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return
    assert status == 502


def test_a_stream_that_is_cut_off_is_an_error_for_the_sdk(openai_client, providers):
    stream = openai_chat_stream(["one", "two"])
    providers.openai.script(
        Answer(headers=stream.headers, steps=(*stream.steps[:2], Cut.RESET), framing=stream.framing)
    )

    with pytest.raises((openai.APIConnectionError, httpx2.TransportError)):
        list(openai_client.chat.completions.create(model="gpt-4o", messages=[], stream=True))


def test_a_slow_start_is_waited_for(http, providers):
    gate = Gate()
    providers.openai.script(Answer(before=(gate,), steps=(b"{}",)))

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(http.post, CHAT, json={"model": "gpt-4o"})
        providers.openai.wait_for(1)
        gate.open()

        assert answer.result(10).json() == {}


UNREACHABLE = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000, timeout: 1s}}
overrides: {{upstream_connect_timeout: 1s}}
model_providers:
  - {{model: openai/refused, base_url: "http://127.0.0.1:{closed}", access_key: k}}
  - {{model: mistral/unknown-host, base_url: "http://provider.invalid:80", access_key: k}}
  - {{model: groq/no-tls, base_url: "https://127.0.0.1:{plain}", access_key: k}}
  - {{model: xai/hangs, base_url: "http://127.0.0.1:{plain}", access_key: k}}
  - {{model: anthropic/refused-claude, base_url: "http://127.0.0.1:{closed}", access_key: k}}
"""


@pytest.fixture(scope="module")
def plain():
    with Upstream() as upstream:
        yield upstream
        upstream.forget()  # a TLS hello on the plain port is what the test is about


@pytest.fixture(scope="module")
def unreachable(plain):
    claim = PortClaim()
    with Gateway(UNREACHABLE.format(closed=claim.port, plain=plain.port)) as gateway:
        yield gateway
    claim.release()


def openai_sdk(gateway):
    return openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key="k", max_retries=0)


FAILURES = {
    "openai/refused": {502, 503},
    "mistral/unknown-host": {502, 503},
    "groq/no-tls": {502, 503},
}


@pytest.mark.parametrize(("model", "statuses"), FAILURES.items(), ids=FAILURES.keys())
def test_a_provider_that_cannot_be_reached_is_named(unreachable, model, statuses):
    with openai_sdk(unreachable) as client, pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model=model, messages=[])

    assert failed.value.status_code in statuses
    assert model in failed.value.message
    assert failed.value.type == "server_error"
    assert failed.value.response.headers["x-plano-reply"]


def test_a_provider_that_cannot_be_reached_is_named_to_anthropics_sdk(unreachable):
    sdk = anthropic.Anthropic(base_url=unreachable.base_url, api_key="k", max_retries=0)
    with sdk as client, pytest.raises(anthropic.InternalServerError) as failed:
        client.messages.create(model="refused-claude", max_tokens=5, messages=[])

    assert failed.value.body["error"]["type"] == "api_error"
    assert "anthropic/refused-claude" in failed.value.body["error"]["message"]


def test_the_log_says_why_a_provider_could_not_be_reached(unreachable):
    httpx.post(f"{unreachable.base_url}{CHAT}", json={"model": "openai/refused"}, trust_env=False)

    line = unreachable.logged(lambda line: line["model"] == "refused")
    assert (line["provider"], line["attempts"]) == ("openai/refused", 1)
    assert "UF" in line["flags"]


def test_a_provider_that_never_answers_is_a_timeout(unreachable, plain):
    """The listener's own timeout; the answer says who was slow."""
    gate = Gate()
    plain.script(Answer(before=(gate,)))

    with openai_sdk(unreachable) as client, pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model="xai/hangs", messages=[])

    assert failed.value.status_code == 504
    assert "xai/hangs" in failed.value.message


def test_anthropics_sdk_reads_an_answer_after_an_error(anthropic_client, providers):
    """An error leaves nothing behind on the connection."""
    providers.anthropic.script(error(500, {"type": "error"}), anthropic_message("fine"))

    with pytest.raises(anthropic.InternalServerError):
        anthropic_client.messages.create(model="claude", max_tokens=5, messages=[])
    answer = anthropic_client.messages.create(model="claude", max_tokens=5, messages=[])

    assert answer.content[0].text == "fine"
