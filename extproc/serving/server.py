"""The reference transport: one grpc.aio server on one Unix socket, with the standard health service.

It moves bytes between Envoy's streams and `extproc.exchange.pipeline.run`, and knows nothing of them.
"""

import asyncio
import logging

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from extproc.exchange.wire import ProtocolError
from extproc.limits import (
    BODY_BYTES_CEILING,
    GRPC_MESSAGE_OVERHEAD_BYTES,
    HEALTH_NOTICE_S,
    PING_INTERVAL_MIN_MS,
    STREAMS_PER_WORKER_MAX,
)
from extproc.serving.current import Current
from extproc.serving.service import SERVICE

log = logging.getLogger(__name__)

_Context = grpc.aio.ServicerContext[bytes, bytes]


class Server:
    """Serves exchanges on `socket_path` (absolute) until `drain`."""

    def __init__(self, socket_path: str, current: Current) -> None:
        self.socket_path = socket_path
        self._current = current
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # exported by an alias
        self._server = self._build()

    async def start(self) -> None:
        """Listen, and say SERVING; raises `RuntimeError` when the socket cannot be bound."""
        await self._server.start()
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    async def drain(self, deadline_s: float) -> None:
        """Say NOT_SERVING, let Envoy notice, let the exchanges in flight end; at most `deadline_s`."""
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await asyncio.sleep(min(HEALTH_NOTICE_S, deadline_s))
        await self._server.stop(max(deadline_s - HEALTH_NOTICE_S, 0.0))

    def _build(self) -> grpc.aio.Server:
        options = _options()
        server = grpc.aio.server(options=options, maximum_concurrent_rpcs=STREAMS_PER_WORKER_MAX)
        # No (de)serialisers: the handler is given and gives bytes.
        methods = {"Process": grpc.stream_stream_rpc_method_handler(self._process)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        server.add_insecure_port(f"unix:{self.socket_path}")
        return server

    async def _process(self, _requests: object, context: _Context) -> None:
        """One exchange. Its ``return`` ends the stream: to Envoy, "nothing more from me"."""
        longest = self._current.message_bytes_max

        async def receive() -> bytes | None:
            data = await context.read()
            message = data if isinstance(data, bytes) else None  # grpc.aio.EOF
            if message is not None and len(message) > longest:
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"a message over {longest} bytes")
            return message

        try:
            await self._current.run(receive, context.write)
        except ProtocolError as error:
            log.error("ext_proc protocol: %s", error)  # noqa: TRY400  the message says it all
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    async def _set_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        await self._health.set("", status)
        await self._health.set(SERVICE, status)


def _options() -> list[tuple[str, int]]:
    """gRPC's own limits: its default of 4 MiB a message would turn a longer body into a 500.

    They cannot be changed while it serves, so that of messages is what the longest body that any config may
    allow needs; `_process` looks at what the one in force allows.
    What we write we bound ourselves: a small compressed answer may be a large plain one.
    """
    return [
        ("grpc.max_receive_message_length", 2 * BODY_BYTES_CEILING + GRPC_MESSAGE_OVERHEAD_BYTES),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 64 * 1024),
        ("grpc.max_concurrent_streams", STREAMS_PER_WORKER_MAX),
        # Envoy's keepalive pings come on idle connections too; by default gRPC calls that abuse and hangs up.
        ("grpc.http2.min_ping_interval_without_data_ms", PING_INTERVAL_MIN_MS),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.so_reuseport", 0),
    ]
