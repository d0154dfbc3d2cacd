"""The lean server: exchanges and health on one Unix socket."""

import asyncio
import logging

from extproc.exchange.stream import Receive, Send
from extproc.exchange.wire import ProtocolError
from extproc.limits import HEALTH_NOTICE_S
from extproc.serving.current import Current
from extproc.serving.http2.calls import Calls
from extproc.serving.http2.connection import Connection
from extproc.serving.http2.faults import CallFailed, Status
from extproc.serving.http2.health import Health
from extproc.serving.service import METHOD, SERVICE

log = logging.getLogger(__name__)


class Server:
    """Serves exchanges on `socket_path` (absolute) until `drain`."""

    def __init__(self, socket_path: str, current: Current) -> None:
        self.socket_path = socket_path
        self._current = current
        self._health = Health("", SERVICE)
        handlers = {METHOD.encode(): self._process, **self._health.handlers()}
        self._calls = Calls(handlers, lambda: current.message_bytes_max)
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, and say SERVING; raises `RuntimeError` when the socket cannot be bound."""
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_unix_server(self._connection, self.socket_path)
        except OSError as error:
            raise RuntimeError(f"cannot listen on {self.socket_path}: {error}") from error
        self._health.say("SERVING")

    async def drain(self, deadline_s: float) -> None:
        """Say NOT_SERVING, let Envoy notice, let the exchanges in flight end; at most `deadline_s`."""
        self._health.say("NOT_SERVING")
        await asyncio.sleep(min(HEALTH_NOTICE_S, deadline_s))
        if self._listener is not None:
            self._listener.close()
        self._health.end()
        for connection in tuple(self._connections):
            connection.drain()
        await self._until_closed(max(deadline_s - HEALTH_NOTICE_S, 0.0))
        for connection in tuple(self._connections):
            connection.abort()
        await self._until_closed(1.0)

    async def _until_closed(self, deadline_s: float) -> None:
        closed = [connection.closed for connection in self._connections]
        if closed:
            await asyncio.wait(closed, timeout=deadline_s)

    def _connection(self) -> Connection:
        return Connection(self._calls, self._connections)

    async def _process(self, receive: Receive, send: Send) -> None:
        """One exchange. Its ``return`` ends the stream: to Envoy, "nothing more from me"."""
        try:
            await self._current.run(receive, send)
        except ProtocolError as error:
            log.error("ext_proc protocol: %s", error)  # noqa: TRY400  the message says it all
            raise CallFailed(Status.INVALID_ARGUMENT, str(error)) from error
