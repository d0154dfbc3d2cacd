"""The standard health service, grpc.health.v1: `Check` for Envoy, `Watch` for whoever wants to be told."""

import asyncio
from collections.abc import Mapping
from typing import Final

from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from extproc.exchange.stream import Receive, Send
from extproc.serving.http2.calls import Handler
from extproc.serving.http2.faults import CallFailed, Status

ServingStatus = health_pb2.HealthCheckResponse.ServingStatus

_REPLIES: Final = {
    status: health_pb2.HealthCheckResponse(status=status).SerializeToString()
    for status in ServingStatus.values()
}


class Health:
    """What is said of each service, answered by the loop that serves: a stuck worker does not answer."""

    def __init__(self, *services: str) -> None:
        self._statuses = dict.fromkeys(services, ServingStatus.Value("NOT_SERVING"))
        self._changed = asyncio.Event()
        self._ended = False

    def handlers(self) -> Mapping[bytes, Handler]:
        """Its methods by path."""
        return {b"/grpc.health.v1.Health/Check": self.check, b"/grpc.health.v1.Health/Watch": self.watch}

    def say(self, status: str) -> None:
        """``SERVING`` or ``NOT_SERVING``, of all services at once."""
        self._statuses = dict.fromkeys(self._statuses, ServingStatus.Value(status))
        self._notify()

    def end(self) -> None:
        """Let those who watch go."""
        self._ended = True
        self._notify()

    async def check(self, receive: Receive, send: Send) -> None:
        """One answer."""
        status = self._statuses.get(await _service(receive))
        if status is None:
            raise CallFailed(Status.NOT_FOUND, "unknown service")
        await send(_REPLIES[status])

    async def watch(self, receive: Receive, send: Send) -> None:
        """An answer now and at each change; an unknown service may become known, so it is no error."""
        service = await _service(receive)
        said = None
        while not self._ended:
            changed = self._changed
            status = self._statuses.get(service, ServingStatus.Value("SERVICE_UNKNOWN"))
            if status != said:
                await send(_REPLIES[status])
                said = status
            await changed.wait()
        raise CallFailed(Status.UNAVAILABLE, "the worker stops")

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def _service(receive: Receive) -> str:
    data = await receive()
    if data is None:
        raise CallFailed(Status.INTERNAL, "no request")
    try:
        return str(health_pb2.HealthCheckRequest.FromString(data).service)
    except DecodeError as error:
        raise CallFailed(Status.INTERNAL, "no HealthCheckRequest") from error
