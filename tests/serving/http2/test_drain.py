"""The end of a connection: by a drain, by its client, or because nobody speaks."""

import asyncio

from extproc.serving.http2 import frames
from extproc.serving.http2.faults import ErrorCode
from extproc.serving.http2.messages import prefixed
from tests.serving.http2.client import Client, kinds, settle
from tests.serving.http2.test_connection import number, with_client


def final(payload: bytes) -> tuple[int, int]:
    return int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big")


def test_a_drain_serves_what_was_on_its_way_and_closes_behind_it() -> None:
    async def test(client: Client) -> None:
        client.call(1)
        client.connection.drain()
        goaway, ping = client.received()
        assert (frames.STREAM_ID_MAX, 0) == final(goaway[3])
        client.call(3)  # it crossed the GOAWAY
        client.send(frames.frame(frames.PING, frames.ACK, 0, ping[3]))
        assert [(3, 0)] == [final(frame[3]) for frame in client.received()]
        client.call(5)  # it is told nothing: the GOAWAY has said so
        for stream_id in (1, 3):
            client.data(stream_id, prefixed(b"x"), end=True)
        assert not client.transport.closing
        await settle()

        assert {1, 3} == {stream_id for _, _, stream_id, _ in client.received()}
        assert client.transport.closing

    with_client(test)


def test_an_idle_connection_closes_as_soon_as_the_client_knows() -> None:
    async def test(client: Client) -> None:
        client.connection.drain()
        (_, ping) = client.received()
        assert not client.transport.closing
        client.send(frames.frame(frames.PING, frames.ACK, 0, ping[3]))

        assert client.transport.closing

    with_client(test)


def test_a_connection_that_never_greeted_is_closed_by_a_drain() -> None:
    async def test(client: Client) -> None:
        client.connection.drain()

        assert client.transport.closing

    with_client(test, greet=False)


def test_nothing_is_read_once_the_connection_has_failed() -> None:
    async def test(client: Client) -> None:
        client.send(frames.frame(frames.DATA, 0, 0) + frames.frame(frames.PING, 0, 0, bytes(8)))
        client.send(frames.frame(frames.PING, 0, 0, bytes(8)))

        assert [frames.GOAWAY] == kinds(client.received())

    with_client(test)


def test_a_lost_connection_cancels_its_calls() -> None:
    async def test(client: Client) -> None:
        client.call(1)
        await settle()
        assert 1 == client.calls.open
        client.connection.connection_lost(None)
        await settle()

        assert 0 == client.calls.open
        assert client.connection.closed.done()
        client.connection.closed = asyncio.get_running_loop().create_future()

    with_client(test)


def test_a_failed_connection_names_the_last_stream_it_served() -> None:
    async def test(client: Client) -> None:
        client.call(7)
        client.received()
        client.send(frames.frame(frames.PUSH_PROMISE, 4, 1, number(2)))

        assert [(7, ErrorCode.PROTOCOL_ERROR)] == [final(frame[3]) for frame in client.received()]

    with_client(test)
