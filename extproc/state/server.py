"""The gRPC server of the service, on one Unix socket: its own methods, Envoy's access log, health."""

import asyncio
import contextlib
import os
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from extproc.limits import GRPC_MESSAGE_OVERHEAD_BYTES, STATE_VALUE_BYTES_MAX
from extproc.state.access_log.stream import AccessLogStreams
from extproc.state.ingest import Ingest
from extproc.state.rpc import SERVICE, StateService
from extproc.state.store import Store

_PRIVATE = 0o177
"""Whoever can open the socket reads what is remembered."""


class Server:
    """Serves from `start` to `drain`."""

    def __init__(self, socket_path: Path, store: Store, ingest: Ingest) -> None:
        self._socket_path = socket_path
        self._ingest = ingest
        self._access_log = AccessLogStreams(ingest)
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # exported by an alias
        self._server = grpc.aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers(
            (StateService(store, ingest).handler(), self._access_log.handler())
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._ingesting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, and say SERVING; raises `RuntimeError` when the socket cannot be bound."""
        self._socket_path.unlink(missing_ok=True)  # left by a service that was killed
        before = os.umask(_PRIVATE)
        try:
            self._server.add_insecure_port(f"unix:{self._socket_path}")
            await self._server.start()
        finally:
            os.umask(before)
        self._ingesting = asyncio.create_task(self._ingest.run())
        await self._say(health_pb2.HealthCheckResponse.SERVING)

    async def drain(self, deadline_s: float) -> None:
        """Take no more calls, end the streams of the access log, keep what is known; then nobody listens."""
        await self._say(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._access_log.close()
        await self._server.stop(deadline_s)
        if self._ingesting is not None:
            self._ingesting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ingesting
        await self._ingest.drain()

    async def _say(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for service in ("", SERVICE):
            await self._health.set(service, status)


_OPTIONS = [
    ("grpc.max_receive_message_length", STATE_VALUE_BYTES_MAX + GRPC_MESSAGE_OVERHEAD_BYTES),
    ("grpc.max_send_message_length", -1),
    # Envoy's keepalive pings, if any, come on idle connections too; gRPC calls that abuse and hangs up.
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.so_reuseport", 0),
]
