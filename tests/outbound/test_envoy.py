"""The way out over a real Unix socket, against a server that does as a test wants."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import Answered, OutboundError

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Test = Callable[[EnvoyOutbound], Awaitable[None]]
DEADLINE_S = 5.0


def run(serve: Serve, test: Test, bytes_max: int = 1000) -> None:
    """Run `test` with a way out to a server that serves each connection by `serve`."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    async def body() -> None:
        # Not pytest's tmp_path: its length may exceed that of a socket's path.
        with tempfile.TemporaryDirectory() as directory:
            socket = Path(directory) / "outbound.sock"
            async with await asyncio.start_unix_server(accept, socket), asyncio.timeout(2 * DEADLINE_S):
                await test(EnvoyOutbound(str(socket), bytes_max))

    asyncio.run(body())


async def request_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of a request that has a content-length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head, await reader.readexactly(int(length.partition(b":")[2]))


def answering(answer: bytes, seen: list[tuple[bytes, bytes]] | None = None) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await request_of(reader)
        if seen is not None:
            seen.append(request)
        writer.write(answer)
        await writer.drain()

    return serve


async def called(outbound: EnvoyOutbound, body: bytes = b"{}", deadline_s: float = DEADLINE_S) -> Answered:
    return await outbound.post("openai_x_443", "/v1/a%2Fb?c=d", {"x-trace": "é"}, body, deadline_s)


def test_a_request_arrives_as_it_was_given() -> None:
    """The path byte for byte: an encoded slash in a deployment's name must stay one."""
    seen: list[tuple[bytes, bytes]] = []

    async def test(outbound: EnvoyOutbound) -> None:
        await called(outbound, b'{"a": 1}')

        ((head, body),) = seen
        first, *fields = head.decode("latin-1").split("\r\n")
        assert "POST /v1/a%2Fb?c=d HTTP/1.1" == first
        assert {"x-plano-int-cluster: openai_x_443", "x-trace: é"} <= set(fields)
        assert b'{"a": 1}' == body

    run(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", seen), test)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            b"HTTP/1.1 200 OK\r\nX-A: B\r\nContent-Length: 2\r\n\r\nhi",
            Answered(200, {"x-a": "B", "content-length": "2"}, b"hi"),
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
            Answered(200, {"transfer-encoding": "chunked"}, b"hi"),
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b",
            Answered(200, {"content-encoding": "gzip", "content-length": "2"}, b"\x1f\x8b"),
        ),
        (b"HTTP/1.1 429 Slow Down\r\ncontent-length: 0\r\n\r\n", Answered(429, {"content-length": "0"}, b"")),
        (
            b"HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n",
            Answered(302, {"location": "/else", "content-length": "0"}, b""),
        ),
    ],
    ids=["length", "chunked", "as it came", "an error", "not followed"],
)
def test_an_answer_of_any_status_is_one(answer: bytes, expected: Answered) -> None:
    async def test(outbound: EnvoyOutbound) -> None:
        assert expected == await called(outbound)

    run(answering(answer), test)


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()  # until the caller gives up


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 50)
    await _silent(reader, writer)


@pytest.mark.parametrize(
    ("serve", "deadline_s", "why"),
    [
        (_silent, 0.05, "it did not answer in time (0.05 s)"),
        (_dripping, 0.05, "it did not answer in time (0.05 s)"),
        (answering(b""), DEADLINE_S, "the connection broke off"),
        (
            answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi"),
            DEADLINE_S,
            "its answer broke off",
        ),
        (answering(b"garbage\r\n\r\n"), DEADLINE_S, "the connection broke off"),
        (
            answering(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + b"x" * 1001),
            DEADLINE_S,
            "its answer is longer than 1000 bytes",
        ),
        (
            answering(b"HTTP/1.1 503 x\r\nx-plano-reply: unreachable\r\ncontent-length: 0\r\n\r\n"),
            DEADLINE_S,
            "it cannot be reached: no connection to it could be made",
        ),
    ],
    ids=["silent", "dripping", "closed", "cut off", "garbage", "too long", "Envoy's own"],
)
def test_no_answer_is_told_as_what_it_is(serve: Serve, deadline_s: float, why: str) -> None:
    async def test(outbound: EnvoyOutbound) -> None:
        with pytest.raises(OutboundError) as raised:
            await called(outbound, deadline_s=deadline_s)

        assert why == str(raised.value)

    run(serve, test)


def test_a_listener_that_is_not_there_is_told_at_once() -> None:
    async def test(outbound: EnvoyOutbound) -> None:
        with pytest.raises(OutboundError, match="cannot be reached"):
            await called(EnvoyOutbound("/nonexistent/outbound.sock"))

    run(_silent, test)


def test_calls_that_were_given_up_leave_nothing_behind() -> None:
    """Neither a connection that stays open, nor a place in a queue that the next one has to wait for."""
    open_now = 0
    silent = True
    all_closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        open_now += 1
        if silent:
            await reader.read()
        else:
            await answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")(reader, writer)
        open_now -= 1
        if not open_now:
            all_closed.set()

    async def test(outbound: EnvoyOutbound) -> None:
        nonlocal silent
        outcomes = await asyncio.gather(
            *(called(outbound, deadline_s=0.1) for _ in range(200)), return_exceptions=True
        )
        assert {OutboundError} == {type(outcome) for outcome in outcomes}
        await all_closed.wait()
        silent = False
        answers = await asyncio.gather(*(called(outbound) for _ in range(200)))
        assert {200} == {answered.status for answered in answers}

    run(serve, test)


def test_a_call_that_is_cancelled_ends_its_connection() -> None:
    """The client went away while its router model was thinking."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        began.set()
        await reader.read()
        ended.set()

    async def test(outbound: EnvoyOutbound) -> None:
        call = asyncio.create_task(called(outbound))
        await began.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await ended.wait()

    run(serve, test)
