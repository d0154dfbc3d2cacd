"""The two ends of an exchange: bytes outside, messages in the right order inside."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from extproc.exchange import wire
from extproc.exchange.messages import Answer, Message
from extproc.exchange.phases import MAY_FOLLOW, Phase

Receive = Callable[[], Awaitable[bytes | None]]
"""The next ``ProcessingRequest``, serialised; ``None`` when Envoy has ended the stream."""

Send = Callable[[bytes], Awaitable[None]]
"""Hands a serialised ``ProcessingResponse`` to Envoy."""


_T = TypeVar("_T")


class Overtaken(Exception):
    """Envoy did not wait for our reply: the client is gone, or has had Envoy's own answer."""

    def __init__(self, message: Message | None) -> None:
        super().__init__()
        self.message = message
        """What came in place of nothing; ``None``: the end of the stream."""


class Stream:
    """One ext_proc stream, seen from the exchange."""

    __slots__ = ("_coming", "_last", "_receive", "_send")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._coming: asyncio.Future[bytes | None] | None = None
        self._last: Phase | None = None

    async def receive(self) -> Message | None:
        """The next message, or ``None`` at the end; raises `wire.ProtocolError` for one out of order."""
        coming, self._coming = self._coming, None
        data = await (coming or self._receive())
        if data is None:
            return None
        message = wire.decode(data)
        if message.phase not in MAY_FOLLOW[self._last]:
            raise wire.ProtocolError(f"{message.phase} after {self._last or 'the start'}")
        self._last = message.phase
        return message

    async def send(self, answer: Answer) -> None:
        """Answer the message that was received last."""
        await self._send(wire.encode(answer))

    async def meanwhile(self, work: Coroutine[None, None, _T]) -> _T:
        """What `work` gives or raises, while Envoy waits for our reply.

        Raises `Overtaken` as soon as it waits no longer; `work` is cancelled then, and has ended.
        """
        working = asyncio.ensure_future(work)
        # Never cancelled before the exchange ends: a transport may not be able to take a read back.
        self._coming = self._coming or asyncio.ensure_future(self._receive())
        either: set[asyncio.Future[Any]] = {working, self._coming}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise Overtaken(await self.receive())
        finally:
            if not working.done():
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    def close(self) -> None:
        """The exchange is over."""
        if self._coming is not None:
            self._coming.cancel()
