"""Answers stream through untouched, event by event, compressed or not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from extproc.testing.answers import Gate, anthropic_stream, openai_chat_stream, openai_response_stream

MESSAGES = [{"role": "user", "content": "hi"}]

STREAMS = {
    "chat": ("/v1/chat/completions", "gpt-4o", openai_chat_stream(["Hel", "lo"])),
    "messages": ("/v1/messages", "claude-house-1", anthropic_stream(["Hel", "lo"])),
    "responses": ("/v1/responses", "gpt-4o", openai_response_stream(["Hel", "lo"])),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("path", "model", "answer"), STREAMS.values(), ids=STREAMS.keys())
def test_every_event_is_passed_on_at_once_and_unchanged(http, providers, path, model, answer, zipped):
    """The provider sends an event only after the one before has reached the client."""
    answer = answer.gzipped() if zipped else answer
    sizes = [len(step) for step in answer.steps]
    gates = [Gate() for _ in sizes[1:]]
    for provider in providers.all():
        provider.script(answer.gated(*gates))

    with http.stream("POST", path, json={"model": model, "stream": True}) as response:
        arriving = response.iter_raw(1)
        received = b""
        for number, size in enumerate(sizes):
            received += b"".join(next(arriving) for _ in range(size))
            if number < len(gates):
                gates[number].open()
        received += b"".join(arriving)

    assert received == answer.body
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers.get("content-encoding") == ("gzip" if zipped else None)


def test_the_openai_sdk_reads_a_chat_stream(openai_client, providers):
    stream = openai_client.chat.completions.create(model="fast", messages=MESSAGES, stream=True)
    words = [chunk.choices[0].delta.content or "" for chunk in stream]

    assert "".join(words) == "Hello"


def test_the_openai_sdk_reads_a_responses_stream(openai_client, providers):
    with openai_client.responses.stream(model="fast", input="hi") as stream:
        final = stream.get_final_response()

    assert final.output_text == "Hello"


def test_the_anthropic_sdk_reads_a_message_stream(anthropic_client, providers):
    with anthropic_client.messages.stream(model="claude", max_tokens=5, messages=MESSAGES) as stream:
        text = "".join(stream.text_stream)

    assert text == "Hello"


def test_a_gzipped_answer_is_not_unpacked(http, providers):
    """Byte for byte, with the provider's content-encoding."""
    answer = openai_chat_stream(["x" * 1000]).gzipped()
    providers.openai.script(answer)

    with http.stream("POST", "/v1/chat/completions", json={"model": "gpt-4o"}) as response:
        body = b"".join(response.iter_raw())

    assert (body, response.headers["content-encoding"]) == (answer.body, "gzip")


def test_the_clients_accept_encoding_reaches_the_provider(http, providers):
    http.post("/v1/chat/completions", json={"model": "gpt-4o"}, headers={"accept-encoding": "br;q=0.5"})

    assert providers.openai.only().header("accept-encoding") == "br;q=0.5"


def test_a_client_that_goes_away_ends_the_providers_work(http, providers):
    gate = Gate()
    providers.openai.script(openai_chat_stream(["one", "two"]).gated(gate))

    with http.stream("POST", "/v1/chat/completions", json={"model": "gpt-4o", "stream": True}) as response:
        next(response.iter_raw())

    assert providers.openai.only().ended.wait(5)


def test_a_stream_costs_extproc_nothing_once_it_is_routed(gateway, http, providers):
    """Two messages for the request, then the exchange is over; hundreds of events later nothing was added."""
    gate = Gate()
    answer = openai_chat_stream(["x"] * 300)
    providers.openai.script(replace(answer, before=(gate,)))

    def counters():
        return {name.rpartition(".")[2]: value for name, value in gateway.admin.stats("ext_proc").items()}

    before = counters()
    with ThreadPoolExecutor() as pool:
        response = pool.submit(http.post, "/v1/chat/completions", json={"model": "gpt-4o"})
        providers.openai.wait_for(1)
        gateway.until(lambda: counters()["streams_closed"] > before["streams_closed"], "the exchange is over")
        routed = counters()
        gate.open()
        assert response.result(20).content == answer.body

    assert 2 == routed["stream_msgs_sent"] - before["stream_msgs_sent"]
    assert routed == counters()


def test_many_streams_run_side_by_side(gateway, providers):
    """Twenty answers are open at once; none waits for another."""
    gate = Gate()
    providers.openai.script(*(openai_chat_stream(["one"]).gated(gate) for _ in range(20)))

    limits = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=gateway.base_url, trust_env=False, limits=limits, timeout=20) as client:
        body = {"model": "gpt-4o", "stream": True}
        requests = [client.build_request("POST", "/v1/chat/completions", json=body) for _ in range(20)]
        responses = [client.send(request, stream=True) for request in requests]
        gate.open()
        bodies = {response.read() for response in responses}
        for response in responses:
            response.close()

    assert bodies == {openai_chat_stream(["one"]).body}
