"""A way to a server that can be made to fail: a TCP relay on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Wire:
    """Passes on what either side says, until it is told otherwise."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._passes = asyncio.Event()
        self._passes.set()
        self._deaf = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def stall(self) -> None:
        """Nothing more arrives, on either side; who connects is accepted, and that is all."""
        self._passes.clear()

    def resume(self) -> None:
        """All that has waited arrives."""
        self._passes.set()

    def lose_answers(self) -> None:
        """The next thing that the server says is lost, and the connection with it; then all is as before."""
        self._deaf = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            try:
                await asyncio.gather(self._pass(reader, to_server), self._pass(there, writer, answers=True))
            finally:
                to_server.close()
        writer.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        while data := await source.read(65536):
            await self._passes.wait()
            if answers and self._deaf:
                self._deaf = False
                break
            sink.write(data)
            await sink.drain()
        sink.close()

    async def end(self) -> None:
        """Nothing is left of it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def wire_to(server_port: int) -> AsyncIterator[Wire]:
    """A wire to the server on a port of loopback."""
    wire = Wire(server_port)
    server = await asyncio.start_server(wire._connected, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.end()
        await server.wait_closed()
