"""Envoy's outbound listener as an `Outbound`: HTTP/1.1 over a Unix socket that only we can open.

A connection serves one call. On a Unix socket a new one costs next to nothing, nobody waits for another's, a
call that is given up closes its own, and no request meets a connection that Envoy is about to close.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import h11

from extproc import headers as names
from extproc.errors import UNANSWERED
from extproc.limits import KIB, OUTBOUND_BYTES_MAX
from extproc.outbound.port import Answered, OutboundError

_READ_BYTES: Final = 64 * KIB
_RETRY_S: Final = 0.005
_HOST: Final = {"host": "outbound"}
"""Envoy puts the cluster's in its place."""
_GATEWAYS_FAULT: Final = "this gateway cannot send to it"


class EnvoyOutbound:
    """Implements `Outbound`."""

    def __init__(self, socket_path: str, bytes_max: int = OUTBOUND_BYTES_MAX) -> None:
        self._socket_path = socket_path
        self._bytes_max = bytes_max

    async def post(
        self, cluster: str, path: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> Answered:
        """See `Outbound`. The body of the answer is as it came: with its ``content-encoding``."""
        try:
            async with asyncio.timeout(deadline_s), self._connection() as (reader, writer):
                http = h11.Connection(h11.CLIENT)
                writer.write(_written(http, cluster, path, headers, body))
                return await self._answered(http, reader)
        except TimeoutError:
            raise OutboundError(f"it {UNANSWERED['timeout']} ({deadline_s:.3g} s)") from None
        except (OSError, h11.ProtocolError) as error:
            raise OutboundError("the connection broke off") from error

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            await self._connect(client)
            reader, writer = await asyncio.open_unix_connection(sock=client)
        except BaseException:
            client.close()
            raise
        try:
            yield reader, writer
        finally:
            writer.transport.abort()  # at once, whatever is still to be sent

    async def _connect(self, client: socket.socket) -> None:
        """Returns once Envoy has room for a connection among those that it has not accepted yet.

        asyncio by itself takes a queue that is full (EAGAIN, unix(7)) for a connection in the making.
        """
        while True:
            try:
                client.connect(self._socket_path)
            except BlockingIOError:
                await asyncio.sleep(_RETRY_S)
            except OSError as error:
                raise OutboundError("Envoy's outbound listener cannot be reached") from error
            else:
                return

    async def _answered(self, http: h11.Connection, reader: asyncio.StreamReader) -> Answered:
        head: h11.Response | None = None
        body = bytearray()
        while True:
            event = await _next_event(http, reader, begun=head is not None)
            if isinstance(event, h11.EndOfMessage):
                break
            if isinstance(event, h11.Response):
                head = _theirs(event)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._bytes_max:
                    raise OutboundError(f"its answer is longer than {self._bytes_max} bytes")
        assert head is not None  # h11 sees to the order of events
        return Answered(head.status_code, _decoded(head), bytes(body))


async def _next_event(http: h11.Connection, reader: asyncio.StreamReader, *, begun: bool) -> h11.Event:
    """The next event of the answer; raises `OutboundError` where its end is missing once it has `begun`."""
    try:
        while (event := http.next_event()) is h11.NEED_DATA:
            http.receive_data(await reader.read(_READ_BYTES))
    except (OSError, h11.ProtocolError) as error:
        if begun:
            raise OutboundError("its answer broke off") from error
        raise
    assert isinstance(event, h11.Event)
    return event


def _written(http: h11.Connection, cluster: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole request; raises `h11.LocalProtocolError` for what no header may hold."""
    fields = {**_HOST, names.CLUSTER: cluster, "content-length": str(len(body)), **headers}
    encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in fields.items()]
    head = h11.Request(method="POST", target=path.encode("latin-1"), headers=encoded)
    events = (head, h11.Data(data=body), h11.EndOfMessage())
    return b"".join(http.send(event) or b"" for event in events)


def _theirs(head: h11.Response) -> h11.Response:
    """The head of an answer of whoever was called; raises `OutboundError` where Envoy made it."""
    if reason := _decoded(head).get(names.REPLY):
        what = UNANSWERED.get(reason)
        raise OutboundError(f"it {what}" if what else _GATEWAYS_FAULT)
    return head


def _decoded(head: h11.Response) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in head.headers}
