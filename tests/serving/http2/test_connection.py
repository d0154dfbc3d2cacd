"""A connection with a scripted client: each thing a client may get wrong, and what it may rightly do."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extproc import limits
from extproc.exchange.stream import Receive, Send
from extproc.serving.http2 import frames, payloads
from extproc.serving.http2.faults import ErrorCode
from extproc.serving.http2.frames import frame
from extproc.serving.http2.messages import prefixed
from tests.serving.http2.client import GREETING, REQUEST, Client, kinds, settle, total

CASES = Callable[[Client], None]


async def echo(receive: Receive, send: Send) -> None:
    while (message := await receive()) is not None:
        await send(message)


async def first_only(receive: Receive, send: Send) -> None:
    await send(await receive() or b"")


def with_client(test: Callable[[Client], Awaitable[None]], handler=echo, *, greet: bool = True) -> None:
    async def body() -> None:
        client = Client(handler, greet=greet)
        await test(client)
        client.connection.connection_lost(None)
        await settle()
        assert (0, 0) == (client.calls.open, client.calls.held_bytes)

    asyncio.run(body())


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def setting(identifier: int, value: int) -> bytes:
    return frames.settings([(identifier, value)])


HEADERS = frame(frames.HEADERS, frames.END_HEADERS, 1, b"")
ENDLESS = [frame(frames.HEADERS, 0, 1)] + [frame(frames.CONTINUATION, 0, 1)] * 20
LONG = [frame(frames.HEADERS, 0, 1)] + [frame(frames.CONTINUATION, 0, 1, bytes(16_000))] * 3

FAULTS = {
    "data on the connection": (ErrorCode.PROTOCOL_ERROR, [frame(frames.DATA, 0, 0)]),
    "data on an idle stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.DATA, 0, 1)]),
    "data with padding only": (ErrorCode.PROTOCOL_ERROR, [frame(frames.DATA, 8, 1, b"\x05abc")]),
    "data without its padding": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.DATA, 8, 1)]),
    "headers on the connection": (ErrorCode.PROTOCOL_ERROR, [frame(frames.HEADERS, 4, 0)]),
    "headers on a server's stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.HEADERS, 4, 2)]),
    "headers cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.HEADERS, 0x24, 1, b"abcd")]),
    "headers of no HPACK": (ErrorCode.COMPRESSION_ERROR, [frame(frames.HEADERS, 4, 1, b"\xff" * 9)]),
    "headers without an end": (ErrorCode.ENHANCE_YOUR_CALM, ENDLESS),
    "headers too long": (ErrorCode.ENHANCE_YOUR_CALM, LONG),
    "a ping within headers": (
        ErrorCode.PROTOCOL_ERROR,
        [frame(frames.HEADERS, 0, 1), frame(frames.PING, 0, 0, bytes(8))],
    ),
    "another stream within headers": (
        ErrorCode.PROTOCOL_ERROR,
        [frame(frames.HEADERS, 0, 1), frame(frames.CONTINUATION, 4, 3)],
    ),
    "continuation of nothing": (ErrorCode.PROTOCOL_ERROR, [frame(frames.CONTINUATION, 4, 1)]),
    "priority of the connection": (ErrorCode.PROTOCOL_ERROR, [frame(frames.PRIORITY, 0, 0, bytes(5))]),
    "priority cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.PRIORITY, 0, 1, bytes(4))]),
    "reset of the connection": (ErrorCode.PROTOCOL_ERROR, [frame(frames.RST_STREAM, 0, 0, number(8))]),
    "reset of an idle stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.RST_STREAM, 0, 1, number(8))]),
    "reset cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.RST_STREAM, 0, 1, b"abc")]),
    "settings of a stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.SETTINGS, 0, 1)]),
    "settings cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.SETTINGS, 0, 0, b"abcde")]),
    "an acknowledgement with settings": (
        ErrorCode.FRAME_SIZE_ERROR,
        [frame(frames.SETTINGS, 1, 0, bytes(6))],
    ),
    "push neither on nor off": (ErrorCode.PROTOCOL_ERROR, [setting(payloads.ENABLE_PUSH, 2)]),
    "a window too wide": (ErrorCode.FLOW_CONTROL_ERROR, [setting(payloads.INITIAL_WINDOW_SIZE, 2**31)]),
    "frames too small": (ErrorCode.PROTOCOL_ERROR, [setting(payloads.MAX_FRAME_SIZE, 1000)]),
    "a flood of settings": (ErrorCode.ENHANCE_YOUR_CALM, [frames.settings([])] * 40),
    "a promise": (ErrorCode.PROTOCOL_ERROR, [frame(frames.PUSH_PROMISE, 4, 1, bytes(4))]),
    "a ping of a stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.PING, 0, 1, bytes(8))]),
    "a ping cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.PING, 0, 0, bytes(7))]),
    "goaway of a stream": (ErrorCode.PROTOCOL_ERROR, [frame(frames.GOAWAY, 0, 1, bytes(8))]),
    "goaway cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.GOAWAY, 0, 0, bytes(7))]),
    "no more window": (ErrorCode.PROTOCOL_ERROR, [frames.window_update(0, 0)]),
    "window of an idle stream": (ErrorCode.PROTOCOL_ERROR, [frames.window_update(1, 5)]),
    "far too much window": (ErrorCode.FLOW_CONTROL_ERROR, [frames.window_update(0, 2**31 - 1)]),
    "window cut short": (ErrorCode.FRAME_SIZE_ERROR, [frame(frames.WINDOW_UPDATE, 0, 0, b"abc")]),
    "a frame too long": (ErrorCode.FRAME_SIZE_ERROR, [frames.head(20_000, frames.DATA, 0, 1)]),
}


@pytest.mark.parametrize(("code", "sent"), FAULTS.values(), ids=FAULTS)
def test_what_breaks_the_connection_ends_it_with_a_goaway_that_says_why(
    code: ErrorCode, sent: list[bytes]
) -> None:
    async def test(client: Client) -> None:
        client.send(b"".join(sent))

        assert client.goaway() is code
        assert client.transport.closing

    with_client(test)


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n", frames.PREFACE + frame(frames.PING, 0, 0, bytes(8))])
def test_a_connection_must_begin_with_preface_and_settings(sent: bytes) -> None:
    async def test(client: Client) -> None:
        client.send(sent)

        assert client.goaway() is ErrorCode.PROTOCOL_ERROR
        assert client.transport.closing

    with_client(test, greet=False)


STREAM_FAULTS = {
    "data after the end": (ErrorCode.STREAM_CLOSED, [frame(frames.DATA, 1, 1), frame(frames.DATA, 0, 1)]),
    "trailers that do not end": (ErrorCode.PROTOCOL_ERROR, [frame(frames.HEADERS, 4, 1, b"\x00\x01a\x01b")]),
    "trailers after the end": (
        ErrorCode.STREAM_CLOSED,
        [frame(frames.DATA, 1, 1), frame(frames.HEADERS, 5, 1, b"\x00\x01a\x01b")],
    ),
    "no more window": (ErrorCode.PROTOCOL_ERROR, [frames.window_update(1, 0)]),
    "far too much window": (ErrorCode.FLOW_CONTROL_ERROR, [frames.window_update(1, 2**31 - 1)]),
}


@pytest.mark.parametrize(("code", "sent"), STREAM_FAULTS.values(), ids=STREAM_FAULTS)
def test_what_breaks_a_stream_resets_that_one_only(code: ErrorCode, sent: list[bytes]) -> None:
    async def test(client: Client) -> None:
        client.call(1)
        client.send(b"".join(sent))

        assert (frames.RST_STREAM, 0, 1, number(code)) in client.received()
        client.call(3, prefixed(b"next"), end=True)
        await settle()
        assert prefixed(b"next") in [frame[3] for frame in client.received()]

    with_client(test)


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({":path": "/no.Such/Method"}, {":status": "200", "grpc-status": "12"}),
        ({":method": "GET"}, {":status": "405"}),
        ({"content-type": "application/json"}, {":status": "415"}),
        ({"content-type": "application/grpc-web"}, {":status": "415"}),
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_a_call_that_cannot_be_served_is_told_so(
    changed: dict[str, str], answer: dict[str, str], ended: bool
) -> None:
    async def test(client: Client) -> None:
        block = client.block(list((dict(REQUEST) | changed).items()))
        client.send(frame(frames.HEADERS, frames.END_HEADERS | ended, 1, block))
        headers, *more = client.received()

        fields = client.fields(headers)
        assert answer == {name: fields[name] for name in answer}
        assert headers[1] & frames.END_STREAM
        assert ([] if ended else [(frames.RST_STREAM, 0, 1, number(0))]) == more

    with_client(test)


def test_a_block_in_pieces_with_padding_and_priority_is_read() -> None:
    async def test(client: Client) -> None:
        block = client.block()
        first = b"\x03" + bytes(5) + block[:2] + bytes(3)
        client.send(frame(frames.HEADERS, frames.PADDED | frames.PRIORITISED, 1, first))
        client.send(frame(frames.CONTINUATION, 0, 1, block[2:9]))
        client.send(frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[9:]))
        client.send(
            frame(frames.DATA, frames.PADDED | frames.END_STREAM, 1, b"\x02" + prefixed(b"hi") + b"\0\0")
        )
        await settle()
        headers, data, trailers = client.received()

        assert "200" == client.fields(headers)[":status"]
        assert prefixed(b"hi") == data[3]
        assert {"grpc-status": "0"} == client.fields(trailers)

    with_client(test)


def test_what_is_not_known_or_needs_no_answer_is_ignored() -> None:
    async def test(client: Client) -> None:
        client.send(frame(0xBE, 0xFF, 7, b"of a type to come"))
        client.send(setting(0xBEEF, 1))
        client.send(frame(frames.PRIORITY, 0, 9, bytes(5)))
        client.send(frame(frames.GOAWAY, 0, 0, bytes(8)))

        assert [frames.SETTINGS] == kinds(client.received())
        assert not client.transport.closing

    with_client(test)


def test_a_ping_is_answered() -> None:
    async def test(client: Client) -> None:
        client.send(frame(frames.PING, 0, 0, b"12345678"))

        assert [(frames.PING, frames.ACK, 0, b"12345678")] == client.received()

    with_client(test)


def test_the_first_block_forbids_our_own_table() -> None:
    """A client that allows none would otherwise refuse our first headers."""

    async def test(client: Client) -> None:
        client.decoder.max_allowed_table_size = 0
        client.send(setting(payloads.HEADER_TABLE_SIZE, 0))
        for stream_id in (1, 3):
            client.call(stream_id, prefixed(b"x"), end=True)
        await settle()

        answers = [client.fields(each) for each in client.received() if each[0] == frames.HEADERS]
        assert ["0", "0"] == [each["grpc-status"] for each in answers if "grpc-status" in each]

    with_client(test)


def test_the_end_of_a_call_closes_the_clients_half_too() -> None:
    """Envoy never half-closes; nothing may be kept for what it would still send."""

    async def test(client: Client) -> None:
        client.call(1, prefixed(b"x"))
        await settle()
        received = client.received()

        assert [frames.HEADERS, frames.DATA, frames.HEADERS, frames.RST_STREAM] == kinds(received)
        assert number(ErrorCode.NO_ERROR) == received[-1][3]
        assert 0 == client.calls.open
        client.data(1, b"late", end=True)
        client.send(frame(frames.RST_STREAM, 0, 1, number(8)) + frames.window_update(1, 9))
        assert [] == client.received()

    with_client(test, first_only)


def test_a_reset_cancels_the_call_once() -> None:
    """Its clean-up is not cut short."""
    seen = []

    async def handler(receive: Receive, send: Send) -> None:
        try:
            await receive()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            seen.append("cleaned up")
            raise

    async def test(client: Client) -> None:
        client.call(1)
        await settle()
        client.send(frame(frames.RST_STREAM, 0, 1, number(8)))
        client.connection.connection_lost(None)
        await settle()

        assert ["cleaned up"] == seen
        assert [] == client.received()
        client.connection.closed = asyncio.get_running_loop().create_future()

    with_client(test, handler)


def test_a_cancelled_call_may_still_take_what_was_there() -> None:
    """The worker's count of held bytes stays right; what it sends goes nowhere."""

    async def handler(receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await send(await receive() or b"")

    async def test(client: Client) -> None:
        client.call(1, prefixed(b"x"))
        await settle()
        client.send(frame(frames.RST_STREAM, 0, 1, number(8)))
        await settle()

        assert ([], 0) == (client.received(), client.calls.held_bytes)

    with_client(test, handler)


def test_a_call_may_await_anything() -> None:
    """Timeouts, tasks and threads: it runs in a task of its own."""

    answered = asyncio.Event()

    async def handler(receive: Receive, send: Send) -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            answer = group.create_task(asyncio.to_thread(lambda: b"from a thread"))
            await receive()
        await send(await answer)
        answered.set()

    async def test(client: Client) -> None:
        client.call(1, prefixed(b"x"), end=True)
        async with asyncio.timeout(5):
            await answered.wait()
        await settle()

        assert prefixed(b"from a thread") in [each[3] for each in client.received()]

    with_client(test, handler)


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"\0\0\0\0\5ab", "13"), (b"\1\0\0\0\1a", "12"), (b"\0\xff\xff\xff\xff", "8")],
    ids=["half a message", "compressed", "too long"],
)
def test_a_message_that_is_none_fails_its_call(sent: bytes, status: str) -> None:
    """Never the clean end that would let a request through."""

    async def test(client: Client) -> None:
        client.call(1, sent, end=True)
        await settle()
        (trailers, *_) = client.received()

        assert status == client.fields(trailers)["grpc-status"]

    with_client(test)


def test_a_call_that_raises_fails_with_a_status_and_leaves_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    async def test(client: Client) -> None:
        client.call(1, prefixed(b"x"), end=True)
        await settle()

        assert "2" == client.fields(client.received()[0])["grpc-status"]
        assert not client.transport.closing

    with_client(test, handler)
    assert "ZeroDivisionError" in caplog.text


def test_streams_beyond_the_limit_are_refused_so_that_they_may_be_tried_elsewhere() -> None:
    async def test(client: Client) -> None:
        client.calls.open += limits.STREAMS_PER_WORKER_MAX
        client.call(1)

        assert [(frames.RST_STREAM, 0, 1, number(ErrorCode.REFUSED_STREAM))] == client.received()
        client.calls.open -= limits.STREAMS_PER_WORKER_MAX

    with_client(test)


def test_a_worker_that_holds_too_much_fails_the_call_that_brings_more() -> None:
    async def test(client: Client) -> None:
        client.calls.held_bytes += limits.HELD_BYTES_PER_WORKER_MAX
        client.call(1, prefixed(b"x"))
        (trailers, *_) = client.received()

        assert "8" == client.fields(trailers)["grpc-status"]
        client.calls.held_bytes -= limits.HELD_BYTES_PER_WORKER_MAX

    with_client(test)


def test_a_peer_that_reads_nothing_is_let_go() -> None:
    """Pings ask for answers that somebody must keep."""

    async def test(client: Client) -> None:
        client.connection.pause_writing()
        for _ in range(70):
            client.send(frame(frames.PING, 0, 0, bytes(8)) * 1000)
            if client.transport.closing:
                break

        assert client.goaway() is ErrorCode.ENHANCE_YOUR_CALM

    with_client(test)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=6))
def test_arbitrary_bytes_after_the_greeting_never_raise(pieces: list[bytes]) -> None:
    async def test(client: Client) -> None:
        for piece in pieces:
            client.send(piece)
        await settle(2)

    with_client(test)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10),
            st.sampled_from([0, 1, 4, 5, 8, 9, 0x20, 0x25, 0x2D]),
            st.sampled_from([0, 1, 2, 3, 5]),
            st.one_of(
                st.binary(max_size=12), st.just(prefixed(b"ab")), st.sampled_from([number(0), number(70_000)])
            ),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_arbitrary_frames_never_raise_and_leave_nothing_behind(
    sent: list[tuple[int, int, int, bytes]], call: bool
) -> None:
    """Counts return to nothing; what ends the connection says so, and is never a fault of ours."""

    async def test(client: Client) -> None:
        if call:
            client.call(1)
        for each in sent:
            client.send(frame(*each))
            await asyncio.sleep(0)
        codes = client.goaway()

        assert client.transport.closing == (codes is not None)
        assert codes is not ErrorCode.INTERNAL_ERROR

    with_client(test)


def test_nothing_is_said_before_the_client_has_greeted_but_our_settings() -> None:
    async def test(client: Client) -> None:
        assert [frames.SETTINGS, frames.WINDOW_UPDATE] == kinds(client.received())
        client.send(GREETING)
        assert [(frames.SETTINGS, frames.ACK, 0, b"")] == client.received()
        assert 0 == total(client.received())

    with_client(test, greet=False)
