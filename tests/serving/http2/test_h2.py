"""The `h2` library as the client: it holds a server to the letter of RFC 9113."""

import asyncio

import h2.config
import h2.connection
import h2.events

from extproc.exchange.stream import Receive, Send
from extproc.serving.http2.messages import prefixed
from tests.serving.http2.client import REQUEST, Client, settle


async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive()) is not None:
        await send(message)


async def one(receive: Receive, send: Send) -> None:
    await send(await receive() or b"")


def exchange(client: Client, peer: h2.connection.H2Connection) -> list[h2.events.Event]:
    """Carry everything both ways once; raises `h2.exceptions.ProtocolError` for what the server got wrong."""
    client.send(peer.data_to_send())
    written, client.transport.written = client.transport.written, b""
    return peer.receive_data(written)


def peer() -> h2.connection.H2Connection:
    made = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    made.initiate_connection()
    return made


def test_a_strict_client_finds_nothing_wrong_with_many_calls() -> None:
    """Windows included: each answer is longer than what the client first allows."""
    body = b"x" * 100_000

    async def test() -> None:
        client, strict = Client(echo, greet=False), peer()
        answers: dict[int, bytes] = {}
        statuses: dict[int, str] = {}
        exchange(client, strict)
        for number in range(10):
            stream_id = 2 * number + 1
            strict.send_headers(stream_id, REQUEST)
            data = prefixed(body)
            for at in range(0, len(data), 16_384):
                strict.send_data(stream_id, data[at : at + 16_384], end_stream=at + 16_384 >= len(data))
                exchange(client, strict)
        for _ in range(200):
            await settle(2)
            for event in exchange(client, strict):
                match event:
                    case h2.events.DataReceived():
                        answers[event.stream_id] = answers.get(event.stream_id, b"") + event.data
                        strict.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.TrailersReceived():
                        statuses[event.stream_id] = dict(event.headers)["grpc-status"]

        ids = range(1, 21, 2)
        assert dict.fromkeys(ids, prefixed(body)) == answers
        assert dict.fromkeys(ids, "0") == statuses
        assert 0 == client.calls.open

    asyncio.run(test())


def test_an_answer_before_the_end_of_the_request_is_in_order() -> None:
    """RFC 9113 §8.1: a whole answer, then RST_STREAM with NO_ERROR."""

    async def test() -> None:
        client, strict = Client(one, greet=False), peer()
        strict.send_headers(1, REQUEST)
        strict.send_data(1, prefixed(b"hi"))
        events = exchange(client, strict)
        await settle()
        events += exchange(client, strict)

        (reset,) = (event for event in events if isinstance(event, h2.events.StreamReset))
        assert (1, 0, True) == (reset.stream_id, reset.error_code, reset.remote_reset)
        assert any(isinstance(event, h2.events.StreamEnded) for event in events)

    asyncio.run(test())


def test_an_unknown_method_and_a_failed_connection_are_in_order() -> None:
    async def test() -> None:
        client, strict = Client(one, greet=False), peer()
        strict.send_headers(1, [*REQUEST[:2], (":path", "/no.Such/Method"), *REQUEST[3:]], end_stream=True)
        exchange(client, strict)
        client.send(b"\0\0\0\0\0\0\0\0\0")
        (ended,) = exchange(client, strict)

        assert isinstance(ended, h2.events.ConnectionTerminated)
        assert 1 == ended.last_stream_id

    asyncio.run(test())
