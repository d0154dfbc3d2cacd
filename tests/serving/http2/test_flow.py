"""Flow control, both ways: nobody sends more than the other allows, and nobody waits for ever."""

import asyncio

import pytest

from extproc import limits
from extproc.exchange.stream import Receive, Send
from extproc.serving.http2 import frames, payloads
from extproc.serving.http2.faults import ErrorCode
from extproc.serving.http2.messages import prefixed
from tests.serving.http2.client import Client, kinds, settle, total
from tests.serving.http2.test_connection import echo, number, setting, with_client

WINDOW = 65_535


def big(size: int) -> bytes:
    return bytes(range(256)) * (size // 256)


def answers(size: int, log: list[str] | None = None):
    """A handler that answers with so many bytes."""

    async def handler(receive: Receive, send: Send) -> None:
        await send(big(size))
        if log is not None:
            log.append("sent")

    return handler


def test_a_long_answer_waits_for_the_connections_window() -> None:
    """And its call with it."""
    log: list[str] = []

    async def test(client: Client) -> None:
        client.call(1)
        await settle()
        first = client.received()
        assert WINDOW == total(first)
        assert frames.PAYLOAD_BYTES_MAX == max(len(frame[3]) for frame in first)
        client.send(frames.window_update(1, 1 << 20))
        await settle()
        assert ([], []) == (client.received(), log)
        client.send(frames.window_update(0, 1 << 20))
        await settle()
        rest = client.received()

        assert ["sent"] == log
        assert prefixed(big(1 << 17)) == b"".join(
            frame[3] for frame in first + rest if frame[0] == frames.DATA
        )
        assert [frames.HEADERS, frames.RST_STREAM] == kinds(rest)[-2:]

    with_client(test, answers(1 << 17, log))


def test_a_stream_without_a_window_does_not_hold_up_the_others() -> None:
    async def test(client: Client) -> None:
        client.send(frames.window_update(0, 1 << 20) + setting(payloads.INITIAL_WINDOW_SIZE, 10))
        client.call(1)
        client.call(3)
        await settle()
        assert 20 == total(client.received())
        client.send(frames.window_update(3, 1 << 20))
        await settle()

        assert {3} == {frame[2] for frame in client.received()}
        assert 1 == client.calls.open

    with_client(test, answers(100_096))


def test_a_smaller_initial_window_may_leave_less_than_nothing() -> None:
    """RFC 9113 §6.9.2: the stream must earn it back before it sends."""

    async def test(client: Client) -> None:
        client.send(frames.window_update(0, 1 << 20))
        client.call(1)
        await settle()
        assert WINDOW == total(client.received())
        client.send(setting(payloads.INITIAL_WINDOW_SIZE, 5))
        client.send(frames.window_update(1, WINDOW - 5))
        await settle()
        assert 0 == total(client.received())
        client.send(frames.window_update(1, 7))
        await settle()
        assert 7 == total(client.received())

    with_client(test, answers(100_096))


def test_an_initial_window_that_makes_an_open_stream_too_wide_ends_the_connection() -> None:
    async def test(client: Client) -> None:
        client.call(1)
        client.send(frames.window_update(1, 1 << 20))
        client.send(setting(payloads.INITIAL_WINDOW_SIZE, payloads.WINDOW_BYTES_MAX))

        assert client.goaway() is ErrorCode.FLOW_CONTROL_ERROR

    with_client(test)


def test_a_message_longer_than_the_window_is_allowed_in_as_it_comes() -> None:
    """The window says how much may wait; a message that is not whole cannot be taken yet."""
    body = big(3 << 20)

    async def test(client: Client) -> None:
        client.call(1)
        allowed, data, got = limits.STREAM_WINDOW_BYTES, prefixed(body), []
        while data:
            piece = min(frames.PAYLOAD_BYTES_MAX, allowed, len(data))
            assert piece
            client.data(1, data[:piece])
            data, allowed = data[piece:], allowed - piece
            for kind, _, stream_id, payload in client.received():
                if (kind, stream_id) == (frames.WINDOW_UPDATE, 1):
                    allowed += int.from_bytes(payload, "big")
                got.append(kind)
        client.send(frames.window_update(0, 4 << 20) + frames.window_update(1, 4 << 20))
        await settle()

        assert len(prefixed(body)) == total(client.received())
        assert 2 <= got.count(frames.WINDOW_UPDATE) <= 6

    with_client(test)


@pytest.mark.parametrize("size", [1000, 16_000])
def test_what_nobody_takes_is_not_allowed_for_again(size: int) -> None:
    """Whole messages wait in the window; one byte more than it is an error."""

    async def stuck(receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    async def test(client: Client) -> None:
        client.call(1)
        await settle()
        room = limits.STREAM_WINDOW_BYTES
        while room >= len(prefixed(bytes(size))):
            client.data(1, prefixed(bytes(size)))
            room -= len(prefixed(bytes(size)))
        assert [] == client.received()
        assert limits.STREAM_WINDOW_BYTES - room == client.calls.held_bytes
        client.data(1, prefixed(bytes(size)))

        assert [(frames.RST_STREAM, 0, 1, number(ErrorCode.FLOW_CONTROL_ERROR))] == client.received()

    with_client(test, stuck)


def test_messages_that_are_taken_are_allowed_for_again() -> None:
    async def sink(receive: Receive, send: Send) -> None:
        while await receive() is not None:
            pass

    async def test(client: Client) -> None:
        client.call(1)
        updates = 0
        for _ in range(200):
            client.data(1, prefixed(bytes(16_000)))
            await settle(2)
            updates += kinds(client.received()).count(frames.WINDOW_UPDATE)

        assert 200 * 16_005 // (limits.STREAM_WINDOW_BYTES // 2) == updates
        assert not client.transport.closing

    with_client(test, sink)


def test_padding_counts() -> None:
    """RFC 9113 §6.1: the whole payload does."""

    async def test(client: Client) -> None:
        client.call(1)
        padded = frames.frame(frames.DATA, frames.PADDED, 1, b"\xff" + bytes(255))
        sent = 0
        while not (received := client.received()) and sent <= limits.STREAM_WINDOW_BYTES:
            client.send(padded)
            sent += 256

        assert [frames.WINDOW_UPDATE] == kinds(received)
        assert limits.STREAM_WINDOW_BYTES // 2 == sent

    with_client(test)


def test_a_call_waits_while_the_client_does_not_read() -> None:
    log: list[str] = []

    async def test(client: Client) -> None:
        client.connection.pause_writing()
        client.call(1)
        await settle()
        assert (0, []) == (total(client.received()), log)
        client.connection.resume_writing()
        await settle()

        assert (["sent"], 1029) == (log, total(client.received()))

    with_client(test, answers(1024, log))


def test_a_call_that_waits_for_a_window_is_cancelled_with_its_stream() -> None:
    async def test(client: Client) -> None:
        client.call(1)
        await settle()
        client.received()
        client.send(frames.frame(frames.RST_STREAM, 0, 1, number(8)))
        client.send(frames.window_update(0, 1 << 20))
        await settle()

        assert ([], 0) == (client.received(), client.calls.open)

    with_client(test, answers(1 << 17))


def test_many_streams_share_a_narrow_connection() -> None:
    """Each gets all of its answer in the end."""

    async def test(client: Client) -> None:
        for stream_id in range(1, 41, 2):
            client.call(stream_id, prefixed(big(16_384)), end=True)
        got: dict[int, int] = {}
        for _ in range(200):
            await settle(2)
            received = client.received()
            for kind, _, stream_id, payload in received:
                if kind == frames.DATA:
                    got[stream_id] = got.get(stream_id, 0) + len(payload)
            if count := total(received):
                client.send(frames.window_update(0, count))

        assert dict.fromkeys(range(1, 41, 2), 16_389) == got

    with_client(test, echo)
