"""What headers tell of a translated answer, and what passes by the translation."""

from dataclasses import replace

import httpx
import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Answer, Framing
from extproc.testing.said import Said, answer
from tests.e2e.asked import asked
from tests.e2e.bridging import CLIENTS, CROSSINGS, MODELS

EVERY_CROSSING = pytest.mark.parametrize(("client", "upstream"), CROSSINGS, ids=lambda api: api.name.lower())
STREAM = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])

PATHS = {Api.CHAT: "/v1/chat/completions", Api.MESSAGES: "/v1/messages", Api.RESPONSES: "/v1/responses"}
USER = [{"role": "user", "content": "?"}]
BODIES = {
    Api.CHAT: {"messages": USER},
    Api.MESSAGES: {"messages": USER, "max_tokens": 99},
    Api.RESPONSES: {"input": "?"},
}
LOST = {Api.CHAT: "logit_bias", Api.MESSAGES: "container", Api.RESPONSES: "truncation"}
"""A field of each API that no other has."""

ALWAYS_LOST = {(Api.MESSAGES, Api.RESPONSES): "max_output_tokens"}
"""Messages demands it, and this provider refuses it."""


@pytest.fixture(scope="module")
def http(_bridge):
    """A plain client."""
    with httpx.Client(base_url=_bridge.gateway.base_url, trust_env=False, timeout=20) as client:
        yield client


def post(http, client, upstream, **more):
    return http.post(PATHS[client], json={"model": MODELS[upstream], **BODIES[client], **more})


@EVERY_CROSSING
@STREAM
def test_model_provider_and_losses_are_told(bridge, http, client, upstream, stream):
    """A path each, where something could not cross."""
    bridge.providers[upstream].script(*[answer(upstream, Said("Hello"), stream=stream)] * 2)
    lost = LOST[client]

    whole = post(http, client, upstream, stream=stream)
    losing = post(http, client, upstream, stream=stream, **{lost: "auto", "no_such_field": 1})

    assert whole.headers["x-plano-model"] == MODELS[upstream].partition("/")[2]
    assert whole.headers["x-plano-provider"] == MODELS[upstream]
    assert whole.headers.get("x-plano-lost-fields") == ALWAYS_LOST.get((client, upstream))
    assert set(losing.headers["x-plano-lost-fields"].split(", ")) >= {lost, "no_such_field"}
    assert losing.status_code == 200


def test_losses_are_in_the_access_log(bridge, http):
    """For the operator, who does not see the client's headers."""
    bridge.providers[Api.MESSAGES].script(answer(Api.MESSAGES, Said("Hello"), stream=False))

    post(http, Api.CHAT, Api.MESSAGES, logit_bias={"7": 1}, seed=424242)

    line = bridge.gateway.logged(lambda line: "seed" in (line["lost_fields"] or ""))
    assert (line["upstream_api"], line["lost_fields"]) == ("anthropic_messages", "logit_bias, seed")


@EVERY_CROSSING
@STREAM
def test_an_answers_headers_say_what_the_client_gets(bridge, http, client, upstream, stream):
    """Type, length and coding are not the provider's; its others are."""
    told = (
        answer(upstream, Said("Hello"), stream=stream)
        .gzipped()
        .adding(("request-id", "req_7"), ("etag", "1"))
    )
    bridge.providers[upstream].script(told)

    heard = post(http, client, upstream, stream=stream)

    kind = "text/event-stream" if stream else "application/json"
    assert heard.headers["content-type"].partition(";")[0] == kind
    assert {"content-encoding", "content-length", "etag"}.isdisjoint(heard.headers)
    assert heard.headers["request-id"] == "req_7"
    assert b"Hello" in heard.content or b'"He"' in heard.content


@EVERY_CROSSING
def test_a_provider_sees_none_of_the_other_apis_headers(bridge, client, upstream):
    """Its key is its own, and it is asked for what we can read."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    provider.script(answer(upstream, Said("Hello"), stream=False))

    speaker.ask(MODELS[upstream], speaker.question("?"), stream=False)

    names = {name.lower() for name, _ in provider.only().headers}
    assert ("anthropic-version" in names) is (upstream is Api.MESSAGES)
    assert names.isdisjoint({"openai-organization", "openai-project", "anthropic-beta"})
    key = provider.only().header("x-api-key") or provider.only().header("authorization")
    assert key.removeprefix("Bearer ") == "sk-of-the-provider"
    assert provider.only().header("accept-encoding") == "identity"


@EVERY_CROSSING
@pytest.mark.parametrize("packed", [Answer.gzipped, Answer.brotlied], ids=["gzip", "br"])
def test_a_compressed_answer_is_read(bridge, http, client, upstream, packed):
    """Though it was asked for plain."""
    bridge.providers[upstream].script(packed(answer(upstream, Said("Grüße"), stream=False)))

    assert "Grüße" in post(http, client, upstream).text


@EVERY_CROSSING
@STREAM
@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED], ids=["length", "chunked"])
def test_an_answer_larger_than_envoys_buffers_is_read(bridge, client, upstream, stream, framing):
    """A file of code, a picture in words: 2 MB; also where a stream was asked for."""
    speaker, text = bridge.speakers[client], "größer " * 250_000
    told = replace(answer(upstream, Said(text), stream=False), framing=framing)
    bridge.providers[upstream].script(told)

    assert speaker.ask(MODELS[upstream], speaker.question("?"), stream=stream).text == text


@EVERY_CROSSING
def test_a_large_question_is_translated(bridge, client, upstream):
    """A history of 2 MB."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    text = "größer " * 250_000
    provider.script(answer(upstream, Said("Hello"), stream=False))

    speaker.ask(MODELS[upstream], speaker.question(text), stream=False)

    assert asked(upstream, provider.only()).said[-1] == ("user", text)


@pytest.mark.parametrize("client", CLIENTS)
@STREAM
def test_the_same_api_in_and_out_passes_byte_for_byte(bridge, http, client, stream):
    """Spaces, order, escapes, unknown fields; compressed or not."""
    body = (
        b'{ "zz" : 1e3 , "model":"%s", "b": "\\u00e9\\/", "tools":[{"type":"web_search_20250305"}],\n'
        b'"messages":[{"role":"user","content":[{"type":"hologram"}]}] }'
    )
    model = MODELS[client].encode()
    told = answer(client, Said("Hello", "Hm."), stream=stream)
    odd = replace(told, steps=(*told.steps, b"\n \n")).gzipped()
    bridge.providers[client].script(odd)

    with http.stream(
        "POST", PATHS[client], content=body % model, headers={"content-type": "application/json"}
    ) as heard:
        raw = b"".join(heard.iter_raw())

    assert bridge.providers[client].only().body == body % model.partition(b"/")[2]
    assert raw == odd.body
    assert heard.headers["content-encoding"] == "gzip"
    assert "x-plano-lost-fields" not in heard.headers
