"""The two ends of an exchange: bytes outside, messages in the right order inside."""

from collections.abc import Awaitable, Callable

from extproc.exchange import wire
from extproc.exchange.messages import Answer, Message
from extproc.exchange.phases import MAY_FOLLOW, Phase

Receive = Callable[[], Awaitable[bytes | None]]
"""The next ``ProcessingRequest``, serialised; ``None`` when Envoy has ended the stream."""

Send = Callable[[bytes], Awaitable[None]]
"""Hands a serialised ``ProcessingResponse`` to Envoy."""


class Stream:
    """One ext_proc stream, seen from the exchange."""

    __slots__ = ("_last", "_receive", "_send")

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._last: Phase | None = None

    async def receive(self) -> Message | None:
        """The next message, or ``None`` at the end; raises `wire.ProtocolError` for one out of order."""
        data = await self._receive()
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
