"""A strict provider that a test scripts: HTTP/1.1, real sockets, its own thread.

    with Upstream() as provider:
        provider.script(openai_chat("hello"))
        …                       # call it, directly or through a gateway
        assert b'{"model"…' == provider.only().body

It keeps each request exactly as it arrived, and refuses (400) and remembers what a real provider would not
take or must not see (`extproc.testing.strictness`). Leaving the ``with`` block raises when there was any.
"""

import asyncio
import contextlib
import itertools
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import h11

from extproc.testing import answers
from extproc.testing.answers import Answer, Cut, Framing, Gate
from extproc.testing.strictness import faults

HEAD_BYTES_MAX = 1024 * 1024
"""Longest request head; Envoy's own limit is far below."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    """Path and query, undecoded."""
    headers: tuple[tuple[str, str], ...]
    """In order, names in the case they came in."""
    body: bytes
    chunked: bool
    connection: int
    """Number of the connection it came on, from 0."""
    server_name: str | None
    """The TLS server name, where there was TLS and one was sent."""
    at: float
    """`time.monotonic` when it was complete."""
    ended: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set when the answer is sent or was broken off."""

    def header(self, name: str) -> str | None:
        """Value of a field (the first), ``None`` when absent."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


Script = Callable[[Seen], Answer]


class ViolationError(AssertionError):
    """Something reached the provider that a real one refuses or must not see."""


class Upstream:
    """One scripted provider on a port of its own.

    An agent, or a double of the gateway itself, may see some headers that a provider must not: `told`.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        *,
        told: frozenset[str] = frozenset(),
    ) -> None:
        self.requests: list[Seen] = []
        self.violations: list[str] = []
        self.connections = 0
        self.port = 0
        self._host = host
        self._tls = tls
        self._told = told
        self._server_names: dict[int, str] = {}
        self._queue: deque[Answer] = deque()
        self._fallback: Script = plausible
        self._changed = threading.Condition()
        self._up = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="upstream", daemon=True)

    @property
    def url(self) -> str:
        """``http(s)://host:port``, without a path."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def script(self, *replies: Answer) -> None:
        """Answer the next requests with these, one each; later ones plausibly again."""
        self._queue.extend(replies)

    def script_with(self, script: Script) -> None:
        """Answer by a function whatever has no answer queued; it runs on the provider's thread."""
        self._fallback = script

    def forget(self) -> None:
        """As new: no requests, no scripts; for a provider that several tests share."""
        self.requests.clear()
        self.violations.clear()
        self._queue.clear()
        self._fallback = plausible

    def only(self) -> Seen:
        """The one request that arrived."""
        assert len(self.requests) == 1, f"{len(self.requests)} requests arrived"
        return self.requests[0]

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Seen]:
        """The first `count` requests, as soon as they have arrived; raises `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived in {timeout_s} s")
            return self.requests[:count]

    def check(self) -> None:
        """Raise `ViolationError` when something was refused."""
        if self.violations:
            raise ViolationError("; ".join(self.violations))

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if error is None:
            self.check()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        if self._tls:
            self._tls.sni_callback = self._note_server_name
        server = await asyncio.start_server(self._accept, self._host, 0, ssl=self._tls, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _note_server_name(
        self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext
    ) -> None:
        if name is not None:
            self._server_names[id(tls)] = name

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        number, self.connections = self.connections, self.connections + 1
        try:
            await self._serve(number, reader, writer)
        except (asyncio.CancelledError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def _serve(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = self._server_names.pop(id(writer.get_extra_info("ssl_object")), None)
        leftover = b""
        while True:
            parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
            if leftover:
                parser.receive_data(leftover)
            try:
                seen = await _receive(parser, reader, number, name)
            except h11.RemoteProtocolError as error:
                self.violations.append(f"connection {number}: {error}")
                refusal = answers.error(400, {"error": {"message": str(error)}}, ("connection", "close"))
                await _perform(refusal, writer)
                await _cut(Cut.CLOSE, writer)
                return
            if seen is None:
                return
            more = await self._reply(seen, reader, writer)
            if more is None:
                return
            leftover = parser.trailing_data[0] + more

    async def _reply(
        self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """Perform the answer; what has come of the next request, ``None`` when the connection is over."""
        performance = asyncio.ensure_future(_perform(self._choose(seen), writer))
        listening = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({performance, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done() and not listening.result():
                return None  # the client went away
            reusable = await performance
            more = listening.result() if listening.done() else b""
            return more if reusable and seen.header("connection") != "close" else None
        finally:
            for task in (performance, listening):
                task.cancel()
            await asyncio.gather(performance, listening, return_exceptions=True)
            seen.ended.set()

    def _choose(self, seen: Seen) -> Answer:
        reasons = [
            f"{seen.method} {seen.target}: {fault}"
            for fault in faults(seen.method, seen.target, seen.headers, self._told)
        ]
        with self._changed:
            self.requests.append(seen)
            self.violations += reasons
            self._changed.notify_all()
        if reasons:
            return answers.error(400, {"error": {"message": "; ".join(reasons)}})
        return self._queue.popleft() if self._queue else self._fallback(seen)


async def _receive(
    parser: h11.Connection, reader: asyncio.StreamReader, connection: int, server_name: str | None
) -> Seen | None:
    """The next whole request; ``None`` at the end of the connection. Raises `h11.RemoteProtocolError`."""
    head: h11.Request | None = None
    body: list[bytes] = []
    while True:
        match parser.next_event():
            case h11.NEED_DATA:
                parser.receive_data(await reader.read(1 << 16))
            case h11.Request() as head:
                pass
            case h11.Data(data=data):
                body.append(bytes(data))
            case h11.EndOfMessage():
                assert head is not None
                return _seen(head, b"".join(body), connection, server_name)
            case _:
                return None


def _seen(head: h11.Request, body: bytes, connection: int, server_name: str | None) -> Seen:
    fields = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw_items()
    )
    return Seen(
        method=head.method.decode(),
        target=head.target.decode("latin-1"),
        headers=fields,
        body=body,
        chunked=any(name.lower() == "transfer-encoding" for name, _ in fields),
        connection=connection,
        server_name=server_name,
        at=time.monotonic(),
    )


async def _perform(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    """Send an answer; whether the connection may stay open after it."""
    for step in itertools.chain(answer.before, (answer.head(),), map(_framed(answer), answer.steps)):
        match step:
            case Gate():
                await step.passed()
            case Cut():
                await _cut(step, writer)
                return False
            case bytes():
                writer.write(step)
                await writer.drain()
    if answer.framing is Framing.CHUNKED:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    if answer.framing is Framing.CLOSE:
        await _cut(Cut.CLOSE, writer)
    return answer.framing is not Framing.CLOSE


def _framed(answer: Answer) -> Callable[[answers.Step], answers.Step]:
    return lambda step: answer.framed(step) if isinstance(step, bytes) else step


async def _cut(how: Cut, writer: asyncio.StreamWriter) -> None:
    if how is Cut.RESET:
        # With a linger time of zero, closing sends RST (socket(7)).
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


def plausible(seen: Seen) -> Answer:
    """What a provider would say to the path and the body: a short answer, streamed when that was asked."""
    asked: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        parsed = seen.json()
        asked = parsed if isinstance(parsed, dict) else {}
    model = str(asked.get("model", "unknown"))
    path = seen.target.partition("?")[0]
    if path.endswith("/count_tokens"):
        return answers.json_answer({"input_tokens": 7})
    streamed = bool(asked.get("stream"))
    for suffix, whole, stream in _PLAUSIBLE:
        if path.endswith(suffix):
            return stream(["Hel", "lo"], model) if streamed else whole("Hello", model)
    if path.endswith("/embeddings"):
        return answers.embeddings([0.5, -0.25], model=model)
    return answers.json_answer({"object": "scripted", "path": seen.target})


_PLAUSIBLE = (
    ("/chat/completions", answers.openai_chat, answers.openai_chat_stream),
    ("/messages", answers.anthropic_message, answers.anthropic_stream),
    ("/responses", answers.openai_response, answers.openai_response_stream),
)
