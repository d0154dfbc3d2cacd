"""``plano.state.v1.StateService``: each method in a few lines, over the stores and what is told."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.state.ingest import Ingest
from extproc.state.listing import listed
from extproc.state.messages import part_of, picture_message, reporter_of, turn_message, wanted_of
from extproc.state.store import EntryRefused, Store, StoreUnavailable, check

SERVICE: Final = pb.DESCRIPTOR.services_by_name["StateService"].full_name

_Request = TypeVar("_Request", bound=Message)
_Response = TypeVar("_Response", bound=Message)


class StateService:
    """The methods."""

    def __init__(self, store: Store, ingest: Ingest) -> None:
        self._store = store
        self._ingest = ingest

    def handler(self) -> "grpc.GenericRpcHandler[Any, Any]":
        """For a server."""
        methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "GetEntry": _method(self.get_entry, pb.GetEntryRequest),
            "PutEntry": _method(self.put_entry, pb.PutEntryRequest),
            "AddEntry": _method(self.add_entry, pb.AddEntryRequest),
            "DeleteEntry": _method(self.delete_entry, pb.DeleteEntryRequest),
            "ReportEvents": _method(self.report_events, pb.ReportEventsRequest),
            "GetPicture": _method(self.get_picture, pb.GetPictureRequest),
            "ListTurns": _method(self.list_turns, pb.ListTurnsRequest),
        }
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    async def get_entry(self, request: pb.GetEntryRequest) -> pb.GetEntryResponse:
        """See the proto, as for all of them."""
        check(request.kind, request.tenant, request.key)
        value = await self._store.get(request.kind, request.tenant, request.key)
        return pb.GetEntryResponse(value=value)

    async def put_entry(self, request: pb.PutEntryRequest) -> pb.PutEntryResponse:
        """Set it."""
        check(request.kind, request.tenant, request.key, request.value)
        await self._store.put(request.kind, request.tenant, request.key, request.value, _ttl(request))
        return pb.PutEntryResponse()

    async def add_entry(self, request: pb.AddEntryRequest) -> pb.AddEntryResponse:
        """Set it, if it is not there."""
        check(request.kind, request.tenant, request.key, request.value)
        added = await self._store.add(request.kind, request.tenant, request.key, request.value, _ttl(request))
        return pb.AddEntryResponse(added=added)

    async def delete_entry(self, request: pb.DeleteEntryRequest) -> pb.DeleteEntryResponse:
        """Remove it."""
        check(request.kind, request.tenant, request.key)
        return pb.DeleteEntryResponse(
            deleted=await self._store.delete(request.kind, request.tenant, request.key)
        )

    async def report_events(self, request: pb.ReportEventsRequest) -> pb.ReportEventsResponse:
        """Take them; one that makes no sense is passed over."""
        if request.reporter.name:
            self._ingest.reported(reporter_of(request.reporter))
        for event in request.events:
            if event.request_id:
                self._ingest.turns.told(part_of(event), over=event.HasField("ending"))
        return pb.ReportEventsResponse()

    async def get_picture(self, _: pb.GetPictureRequest) -> pb.GetPictureResponse:
        """Take one."""
        return pb.GetPictureResponse(picture=picture_message(self._ingest.picture()))

    async def list_turns(self, request: pb.ListTurnsRequest) -> pb.ListTurnsResponse:
        """Find them."""
        turns = await listed(self._store, wanted_of(request))
        return pb.ListTurnsResponse(turns=map(turn_message, turns))


def _ttl(request: pb.PutEntryRequest | pb.AddEntryRequest) -> float | None:
    if not request.HasField("ttl_seconds"):
        return None
    if not 0 < request.ttl_seconds < float("inf"):
        raise EntryRefused("ttl_seconds must be a number of seconds, more than 0")
    return request.ttl_seconds


def _method(
    call: Callable[[_Request], Awaitable[_Response]], request: type[_Request]
) -> "grpc.RpcMethodHandler[_Request, _Response]":
    """With what the call raises as a status."""

    async def serve(asked: _Request, context: "grpc.aio.ServicerContext[_Request, _Response]") -> _Response:
        try:
            return await call(asked)
        except EntryRefused as refusal:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
        except StoreUnavailable as trouble:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(trouble))
        raise AssertionError("abort() has raised")

    return grpc.unary_unary_rpc_method_handler(
        serve,
        request_deserializer=request.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )
