"""The method by which Envoy sends its access log: a stream that lives as long as Envoy, and has no answer."""

import asyncio
import logging
from typing import Any, Final

import grpc

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as pb
from extproc.state.access_log.entry import call_of, request_id_of, turn_of
from extproc.state.ingest import Ingest

log = logging.getLogger(__name__)

SERVICE: Final = "envoy.service.accesslog.v3.AccessLogService"
METHOD: Final = "StreamAccessLogs"

OUTBOUND: Final = "outbound"
"""Listener of calls that are made for exchanges; those are no exchanges of their own."""

_Context = grpc.aio.ServicerContext[pb.StreamAccessLogsMessage, pb.StreamAccessLogsResponse]


class AccessLogStreams:
    """All the streams; `close` ends them, so that the server can."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._closing = asyncio.Event()

    def handler(self) -> "grpc.GenericRpcHandler[Any, Any]":
        """For a server."""
        method = grpc.stream_unary_rpc_method_handler(
            self._serve,
            request_deserializer=pb.StreamAccessLogsMessage.FromString,
            response_serializer=pb.StreamAccessLogsResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    def close(self) -> None:
        """End those that are open; Envoy begins anew elsewhere, or later."""
        self._closing.set()

    async def _serve(self, _requests: object, context: _Context) -> pb.StreamAccessLogsResponse:
        self._opened(1)
        reading = asyncio.ensure_future(self._read(context))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({reading, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._opened(-1)
            for task in (reading, closing):
                task.cancel()
            # A stream that was reset is not worth a word: Envoy has been restarted.
            await asyncio.gather(reading, closing, return_exceptions=True)
        return pb.StreamAccessLogsResponse()

    async def _read(self, context: _Context) -> None:
        listener = ""
        while isinstance(message := await context.read(), pb.StreamAccessLogsMessage):  # else the end
            listener = message.identifier.log_name or listener
            for entry in message.http_logs.log_entry:
                try:
                    self._take(entry, listener)
                except Exception:
                    log.exception("an entry of the access log could not be read")

    def _take(self, entry: pb.HTTPAccessLogEntry, listener: str) -> None:
        self._ingest.access_log.entries += 1
        request_id = request_id_of(entry)
        if not request_id:
            return  # not even HTTP
        if listener == OUTBOUND:
            self._ingest.turns.called(request_id, call_of(entry))
        elif turn := turn_of(entry, listener):
            self._ingest.turns.logged(turn)

    def _opened(self, number: int) -> None:
        self._ingest.access_log.streams += number
        self._ingest.turns.hears(self._ingest.access_log.streams)
