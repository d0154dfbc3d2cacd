"""Envoy's access log as Envoy sends it."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.struct_pb2 import Struct

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as pb
from extproc.state.access_log.stream import METHOD, SERVICE


def struct(values: dict[str, Any]) -> Struct:
    made = Struct()
    made.update(values)
    return made


def entry(
    request_id: str,
    *,
    status: int = 200,
    cluster: str = "c",
    attempts: int = 1,
    told: dict[str, Any] | None = None,
    path: str = "/v1/chat/completions",
) -> pb.HTTPAccessLogEntry:
    """One request; `told` is what the external processor told Envoy."""
    made = pb.HTTPAccessLogEntry()
    common = made.common_properties
    common.start_time.FromMilliseconds(1_700_000_000_250)
    common.duration.FromMilliseconds(1500)
    common.upstream_cluster = cluster
    common.upstream_request_attempt_count = attempts
    metadata = common.metadata.filter_metadata
    metadata["plano.client"].CopyFrom(struct({"request_id": request_id, "path": path}))
    metadata["plano"].CopyFrom(struct(told or {}))
    made.response.response_code.value = status
    return made


class EnvoysLog:
    """A stream of it for one listener."""

    def __init__(self, socket: Path, listener: str = "models") -> None:
        self._socket = socket
        self._listener = listener

    async def __aenter__(self) -> Self:
        self._channel = grpc.aio.insecure_channel(f"unix:{self._socket}")
        self._call = self._channel.stream_unary(
            f"/{SERVICE}/{METHOD}",
            request_serializer=pb.StreamAccessLogsMessage.SerializeToString,
            response_deserializer=pb.StreamAccessLogsResponse.FromString,
        )()
        first = pb.StreamAccessLogsMessage()
        first.identifier.log_name = self._listener
        await self._call.write(first)
        return self

    async def tell(self, *entries: pb.HTTPAccessLogEntry) -> None:
        """As one message."""
        message = pb.StreamAccessLogsMessage()
        message.http_logs.log_entry.extend(entries)
        await self._call.write(message)

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._call.cancel()
        await self._channel.close(None)
