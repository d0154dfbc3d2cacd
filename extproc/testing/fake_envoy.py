"""A double of Envoy for one exchange: it keeps to the phase table, and is as unforgiving as the real one.

    envoy = FakeEnvoy(Rules.of(snapshot))
    ended = await envoy.request("POST", "/v1/chat/completions", body=b'{"model": "gpt-4o"}')
    assert ended == Forwarded(...)

What it does with a reply is what Envoy 1.40 was seen to do: a stream that ends before its reply lets the
request through unprocessed, a body whose length differs from ``content-length`` is a 500,
``clear_route_cache`` without a header mutation is ignored, an empty reply is spurious, more time is given
once a message. The way back of an
answer is in `extproc.testing.fake_answers`.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from google.protobuf.json_format import MessageToDict

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange import pipeline
from extproc.exchange.outcome import Outcome
from extproc.exchange.rules import Rules
from extproc.headers import LISTENER, METADATA_NAMESPACE, ORDER_NAMESPACE
from extproc.limits import EXT_PROC_MAX_MESSAGE_TIMEOUT_S
from extproc.testing.fake_answers import Delivered, Provided, deliver
from extproc.testing.fake_messages import headers_message, mutated

REPLY_TIMEOUT_S = 5.0
"""Envoy's ``message_timeout`` here: a reply that has not come by then never will."""


@dataclass(frozen=True)
class Forwarded:
    """The request went on: to the route that its headers now match."""

    headers: Mapping[str, bytes]
    body: bytes
    metadata: Mapping[str, object]
    rerouted: bool
    """Whether the route was chosen anew."""
    clusters: tuple[str, ...] = ()
    """Those of a request with several attempts, one each."""


@dataclass(frozen=True)
class Answered:
    """The exchange answered the client itself."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    metadata: Mapping[str, object]
    details: str


@dataclass(frozen=True)
class Unprocessed:
    """The stream ended before its reply: Envoy sends the request on as it came. Nothing may cause this."""


@dataclass(frozen=True)
class Refused:
    """Envoy made the reply a 500."""

    reason: str


Ended = Forwarded | Answered | Unprocessed | Refused
"""What became of a request."""


@dataclass
class FakeEnvoy:
    """Sends requests to the exchange under `rules`, as the listener called `listener`."""

    rules: Rules
    listener: str = "models"
    outcomes: list[Outcome] = field(default_factory=list)
    """How each exchange ended, by its own account."""
    messages: list[str] = field(default_factory=list)
    """The phases that were sent, in order."""
    waits: list[float] = field(default_factory=list)
    """The seconds that exchanges asked for, in order."""

    async def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Ended:
        """One HTTP request, from its headers to the exchange's last word on it."""
        async with FakeStream(self) as stream:
            return await self.ask(stream, method, path, headers or {}, body)

    async def exchange(
        self, path: str, body: bytes, provided: Provided, headers: Mapping[str, str] | None = None
    ) -> tuple[Forwarded, Delivered]:
        """A POST that reaches its provider, and the way back of what that answers."""
        async with FakeStream(self) as stream:
            sent = await self.ask(stream, "POST", path, headers or {}, body)
            assert isinstance(sent, Forwarded), sent
            return sent, await deliver(stream.ask, provided)

    async def ask(
        self, stream: "FakeStream", method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Ended:
        """A request on a stream that stays open."""
        sent = _request_headers(method, path, headers, body, self.listener)
        reply = await stream.ask(headers_message("request_headers", sent, end=not body))
        if body and isinstance(reply, pb.ProcessingResponse) and reply.HasField("request_headers"):
            message = pb.ProcessingRequest(request_body=pb.HttpBody(body=body, end_of_stream=True))
            return applied(await stream.ask(message), "request_body", sent, body)
        return applied(reply, "request_headers", sent, body)

    async def local_reply(self, status: int, *, after_headers: bool) -> Ended:
        """Envoy answers the client by itself, before the exchange saw the request or after its headers."""
        sent = _request_headers("POST", "/v1/chat/completions", {}, b"{}", self.listener)
        async with FakeStream(self) as stream:
            if after_headers:
                await stream.ask(headers_message("request_headers", sent, end=False))
            response = {":status": str(status).encode()}
            reply = await stream.ask(headers_message("response_headers", response, end=False))
            return applied(reply, "response_headers", response, b"")

    async def hang_up(self, *, after_headers: bool) -> None:
        """The client goes away before its request is whole."""
        sent = _request_headers("POST", "/v1/chat/completions", {}, b"{}", self.listener)
        async with FakeStream(self) as stream:
            if after_headers:
                await stream.ask(headers_message("request_headers", sent, end=False))

    async def leave(
        self, path: str, body: bytes, when: asyncio.Event, headers: Mapping[str, str] | None = None
    ) -> None:
        """A POST whose client goes away once `when` is set, while the exchange is still at work on it."""
        sent = _request_headers("POST", path, headers or {}, body, self.listener)
        async with FakeStream(self) as stream:
            await stream.ask(headers_message("request_headers", sent, end=False))
            stream.tell(pb.ProcessingRequest(request_body=pb.HttpBody(body=body, end_of_stream=True)))
            await asyncio.wait_for(when.wait(), REPLY_TIMEOUT_S)


class FakeStream:
    """One gRPC stream, without gRPC."""

    def __init__(self, envoy: FakeEnvoy) -> None:
        self._envoy = envoy
        self._to_exchange: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._from_exchange: asyncio.Queue[bytes] = asyncio.Queue()

    async def __aenter__(self) -> "FakeStream":
        exchange = pipeline.run(self._to_exchange.get, self._from_exchange.put, self._envoy.rules)
        self._task = asyncio.create_task(exchange)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._to_exchange.put_nowait(None)
        self._envoy.outcomes.append(await asyncio.wait_for(self._task, REPLY_TIMEOUT_S))

    def tell(self, message: pb.ProcessingRequest) -> None:
        """Send `message`, whatever the reply."""
        self._envoy.messages.append(message.WhichOneof("request") or "")
        self._to_exchange.put_nowait(message.SerializeToString())

    async def ask(self, message: pb.ProcessingRequest) -> pb.ProcessingResponse | None:
        """The reply to `message`; ``None`` when the stream ended without one."""
        self.tell(message)
        reply = await self._next()
        if reply is not None and reply.WhichOneof("response") is None:
            wait = reply.override_message_timeout.ToTimedelta().total_seconds()
            assert 0 < wait <= EXT_PROC_MAX_MESSAGE_TIMEOUT_S, "Envoy ignores this"
            self._envoy.waits.append(wait)
            reply = await self._next()
        return reply

    async def _next(self) -> pb.ProcessingResponse | None:
        reply = asyncio.create_task(self._from_exchange.get())
        await asyncio.wait({reply, self._task}, timeout=REPLY_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            reply.cancel()
            with suppress(asyncio.QueueEmpty):
                return pb.ProcessingResponse.FromString(self._from_exchange.get_nowait())
            return None
        return pb.ProcessingResponse.FromString(reply.result())


def _request_headers(
    method: str, path: str, headers: Mapping[str, str], body: bytes, listener: str
) -> dict[str, bytes]:
    known = {
        ":method": method,
        ":path": path,
        ":scheme": "http",
        ":authority": "gateway.test",
        "x-request-id": "7f9c2ba4-e88f-827d-a160-455076059c50",
        LISTENER: listener,
    }
    if body:
        known |= {"content-type": "application/json", "content-length": str(len(body))}
    return {name.lower(): value.encode("latin-1") for name, value in (known | dict(headers)).items()}


def applied(reply: pb.ProcessingResponse | None, phase: str, sent: Mapping[str, bytes], body: bytes) -> Ended:
    """What Envoy makes of a reply to `phase`."""
    if reply is None:
        return Unprocessed()
    namespaces = MessageToDict(reply.dynamic_metadata)
    metadata = namespaces.get(METADATA_NAMESPACE, {})
    if reply.HasField("immediate_response"):
        return _answered(reply.immediate_response, metadata)
    if reply.WhichOneof("response") != phase:
        return Refused("spurious_message")
    common: pb.CommonResponse = getattr(reply, phase).response
    headers = mutated(sent, common.header_mutation)
    if common.HasField("body_mutation"):
        body = common.body_mutation.body
        if headers.get("content-length", b"%d" % len(body)) != b"%d" % len(body):
            return Refused("mismatch_between_content_length_and_the_length_of_the_mutated_body")
    rerouted = common.clear_route_cache and bool(common.header_mutation.set_headers)
    groups = namespaces.get(ORDER_NAMESPACE, {}).get("priority_groups", ())
    clusters = tuple(cluster["cluster_name"] for group in groups for cluster in group["clusters"])
    return Forwarded(headers, body, metadata, rerouted, clusters)


def _answered(reply: pb.ImmediateResponse, metadata: Mapping[str, object]) -> Answered:
    headers = {o.header.key: o.header.raw_value.decode() for o in reply.headers.set_headers}
    return Answered(reply.status.code, headers, reply.body, metadata, reply.details)
