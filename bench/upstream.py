"""The provider of the benchmark: as little work as possible, in its own process; prints its port and serves.

It answers 200 only to a body that asks for `MODEL`, so that a rewrite that does not happen shows as an error.
A body with ``"stream":true`` gets `EVENTS` events, `EVENT_EVERY_S` apart, each with the time it was sent.
"""

import asyncio
import time
from typing import cast

import uvloop

MODEL = "upstream-model"
EVENTS = 50
EVENT_EVERY_S = 0.004

_WANTED = f'"model":"{MODEL}"'.encode()
_ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"upstream-model","choices":[{"index":'
    b'0,"message":{"role":"assistant","content":"' + b"All is well. " * 30 + b'"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":5,"completion_tokens":90,"total_tokens":95}}'
)


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (
        status,
        len(body),
    )
    return head + body


_OK = _response(b"200 OK", _ANSWER)
_WRONG = _response(b"400 Bad Request", b"{}")
_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Provider(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._need = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole; there is never a second one before that."""
        self._buffer += data
        if not self._need:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._need = end + 4 + _content_length(bytes(self._buffer[:end]).lower())
        if len(self._buffer) >= self._need:
            request = bytes(self._buffer)
            self._buffer.clear()
            self._need = 0
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        if _WANTED not in request:
            self._transport.write(_WRONG)
        elif b'"stream":true' in request:
            self._transport.write(_STREAM)
            self._event(0)
        else:
            self._transport.write(_OK)

    def _event(self, number: int) -> None:
        if self._transport.is_closing():
            return
        if number == EVENTS:
            self._transport.write(b"0\r\n\r\n")
            return
        event = b'data: {"sent":%d,"choices":[{"delta":{"content":"word "}}]}\n\n' % time.monotonic_ns()
        self._transport.write(b"%x\r\n%s\r\n" % (len(event), event))
        asyncio.get_running_loop().call_later(EVENT_EVERY_S, self._event, number + 1)


def _content_length(head: bytes) -> int:
    _, _, after = head.partition(b"content-length:")
    return int(after.partition(b"\r\n")[0] or 0)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
