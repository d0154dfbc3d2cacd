"""The calls of the state service, each with a deadline.

gRPC is imported where this module is: a process that has no use for the service does not load it.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import grpc

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.limits import GRPC_MESSAGE_OVERHEAD_BYTES, STATE_CALL_S, STATE_VALUE_BYTES_MAX
from extproc.stateclient.failure import EntryTooLarge, StateUnavailable

_Response = TypeVar("_Response")

_SERVICE: Final = pb.DESCRIPTOR.services_by_name["StateService"].full_name

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", STATE_VALUE_BYTES_MAX + GRPC_MESSAGE_OVERHEAD_BYTES),
    ("grpc.max_send_message_length", -1),
    # A service that was restarted is found again at once; gRPC's own waits grow to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.use_local_subchannel_pool", 1),
    # A proxy of the environment has no business with a Unix socket.
    ("grpc.enable_http_proxy", 0),
)


class StateClient:
    """One connection, made when it is first needed and again whenever it broke; for one event loop.

    Each call raises `StateUnavailable`, never later than after its deadline.
    """

    def __init__(self, socket_path: Path) -> None:
        self._target = f"unix:{socket_path.absolute()}"
        self._channel: grpc.aio.Channel | None = None
        self._calls: dict[str, Callable[..., Awaitable[Any]]] = {}

    async def get(
        self, kind: str, tenant: str, key: str, *, deadline_s: float = STATE_CALL_S
    ) -> bytes | None:
        """The value of an entry, if there is one."""
        request = pb.GetEntryRequest(kind=kind, tenant=tenant, key=key)
        found = await self._call("GetEntry", request, pb.GetEntryResponse, deadline_s)
        return found.value if found.HasField("value") else None

    async def put(
        self,
        kind: str,
        tenant: str,
        key: str,
        value: bytes,
        ttl_s: float | None,
        *,
        deadline_s: float = STATE_CALL_S,
    ) -> None:
        """Set an entry. Raises `EntryTooLarge`."""
        request = pb.PutEntryRequest(kind=kind, tenant=tenant, key=key, value=value, ttl_seconds=ttl_s)
        await self._call("PutEntry", request, pb.PutEntryResponse, deadline_s)

    async def add(
        self,
        kind: str,
        tenant: str,
        key: str,
        value: bytes,
        ttl_s: float | None,
        *,
        deadline_s: float = STATE_CALL_S,
    ) -> bool:
        """Set an entry unless it is there; whether that was so. Raises `EntryTooLarge`."""
        request = pb.AddEntryRequest(kind=kind, tenant=tenant, key=key, value=value, ttl_seconds=ttl_s)
        return (await self._call("AddEntry", request, pb.AddEntryResponse, deadline_s)).added

    async def delete(self, kind: str, tenant: str, key: str, *, deadline_s: float = STATE_CALL_S) -> bool:
        """Remove an entry; whether there was one."""
        request = pb.DeleteEntryRequest(kind=kind, tenant=tenant, key=key)
        return (await self._call("DeleteEntry", request, pb.DeleteEntryResponse, deadline_s)).deleted

    async def report(self, request: pb.ReportEventsRequest, *, deadline_s: float = STATE_CALL_S) -> None:
        """Tell of exchanges."""
        await self._call("ReportEvents", request, pb.ReportEventsResponse, deadline_s)

    async def picture(self, *, deadline_s: float = STATE_CALL_S) -> pb.Picture:
        """What goes on."""
        request = pb.GetPictureRequest()
        return (await self._call("GetPicture", request, pb.GetPictureResponse, deadline_s)).picture

    async def turns(
        self, request: pb.ListTurnsRequest, *, deadline_s: float = STATE_CALL_S
    ) -> Sequence[pb.Turn]:
        """Exchanges that have ended, the newest first."""
        return (await self._call("ListTurns", request, pb.ListTurnsResponse, deadline_s)).turns

    async def close(self) -> None:
        """Hang up; calls that are in flight fail."""
        if self._channel is not None:
            await self._channel.close(None)
            self._channel = None
            self._calls.clear()

    async def _call(
        self, method: str, request: Any, response: type[_Response], deadline_s: float
    ) -> _Response:
        call = self._calls.get(method) or self._made(method, response)
        try:
            answered: _Response = await call(request, timeout=deadline_s)
        except grpc.aio.AioRpcError as error:
            _raise(error)
        except grpc.aio.UsageError as error:  # the channel was closed meanwhile
            raise StateUnavailable(str(error)) from error
        return answered

    def _made(self, method: str, response: type[Any]) -> Callable[..., Awaitable[Any]]:
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self._target, options=_OPTIONS)
        call: Callable[..., Awaitable[Any]] = self._channel.unary_unary(
            f"/{_SERVICE}/{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )
        self._calls[method] = call
        return call


def _raise(error: grpc.aio.AioRpcError) -> NoReturn:
    if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
        raise EntryTooLarge(error.details()) from None
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        raise StateUnavailable("the state service did not answer in time") from None
    raise StateUnavailable(f"the state service: {error.details() or error.code().name}") from None
