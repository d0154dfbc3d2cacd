"""The double of Envoy for a request with several attempts: the exchange's stream, and one a further attempt.

As Envoy 1.40 was seen to do it: every attempt is shown the body that the exchange made; headers are as the
attempts before have left them; metadata of any stream is seen by all later ones; what an attempt answers goes
through its own stream first, and then, if that is still open, through the exchange's.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.struct_pb2 import Struct

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.headers import CLIENT_NAMESPACE, CLIENT_PATH_STATE, METADATA_NAMESPACE
from extproc.testing.fake_answers import Ask, Delivered, Provided, deliver
from extproc.testing.fake_envoy import Ended, FakeEnvoy, FakeStream, Forwarded, applied
from extproc.testing.fake_messages import headers_message

FAILURES = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Statuses that are tried again."""
_SHOWN = (":method", ":path", "content-type")
"""Headers of a request that a further attempt's stream is shown."""


@dataclass(frozen=True)
class Attempted:
    """What became of a request."""

    sent: tuple[Ended, ...]
    """What each target was sent, the first one's first; of one that was asked again, once more."""
    delivered: Delivered | None
    """What the client received of a provider's answer."""

    def forwarded(self, number: int) -> Forwarded:
        """What the target of an attempt was sent; the first attempt is 1."""
        sent = self.sent[number - 1]
        assert isinstance(sent, Forwarded), sent
        return sent


async def attempt(
    envoy: FakeEnvoy,
    path: str,
    body: bytes,
    provided: Sequence[Provided | None],
    headers: Mapping[str, str] | None = None,
) -> Attempted:
    """A POST to which target after target answers as `provided`; ``None``: not at all."""
    async with FakeStream(envoy) as stream:
        first = await envoy.ask(stream, "POST", path, headers or {}, body)
        assert isinstance(first, Forwarded), first
        run = _Run(envoy, path, stream, first, dict(first.metadata), first.headers)
        for number, answer in enumerate(provided, 1):
            delivered = await run.attempt(number, answer)
            if delivered:
                return Attempted(tuple(run.sent), delivered)
        return Attempted(tuple(run.sent or [first]), None)


@dataclass
class _Run:
    """A request between two of its attempts."""

    envoy: FakeEnvoy
    path: str
    exchange: FakeStream
    first: Forwarded
    told: dict[str, Any]
    headers: Mapping[str, bytes]
    sent: list[Ended] = field(default_factory=list)

    async def attempt(self, number: int, answer: Provided | None) -> Delivered | None:
        """What the client receives, if this is the last one."""
        async with AsyncExitStack() as stack:
            ask = _numbered(self.exchange, number)
            again = self.first.clusters[number - 1].endswith(".twin")
            if again:
                stream = await stack.enter_async_context(FakeStream(self.envoy))
                ask = _numbered(stream, number)
                self.sent.append(await self._made(stream, number))
            else:
                self.sent.append(self.first)
            if answer is None or not isinstance(self.sent[-1], Forwarded):
                return None
            if answer.status >= 400:
                wanted = answer.headers.get("retry-after", "")
                self.told[f"answered_{number}"] = f"{answer.status} {wanted}"
            last = number == len(self.first.clusters) or answer.status not in FAILURES
            if not (last or again):
                return None
            delivered = await deliver(ask, answer)
            if last and again:
                delivered = await deliver(_numbered(self.exchange, number), _as_provided(delivered))
            return delivered if last else None

    async def _made(self, stream: FakeStream, number: int) -> Ended:
        shown = {name: value for name, value in self.headers.items() if name in _SHOWN}
        message = headers_message("request_headers", shown, end=False)
        client = {"request_id": self.headers["x-request-id"].decode(), "path": self.path.partition("?")[0]}
        for namespace, values in ((METADATA_NAMESPACE, self.told), (CLIENT_NAMESPACE, client)):
            message.metadata_context.filter_metadata[namespace].CopyFrom(_struct(values))
        _put_attributes(message, number, self.path)
        await stream.ask(message)
        body = pb.HttpBody(body=self.first.body, end_of_stream=True)
        reply = await stream.ask(pb.ProcessingRequest(request_body=body))
        ended = applied(reply, "request_body", self.headers, self.first.body)
        if isinstance(ended, Forwarded):
            self.told.update(ended.metadata)
            self.headers = ended.headers
        return ended


def _numbered(stream: FakeStream, number: int) -> Ask:
    async def ask(message: pb.ProcessingRequest) -> pb.ProcessingResponse | None:
        if message.HasField("response_headers"):
            _put_attributes(message, number)
        return await stream.ask(message)

    return ask


def _as_provided(delivered: Delivered) -> Provided:
    headers = {name: value.decode() for name, value in delivered.headers.items()}
    return Provided(delivered.status, headers, delivered.pieces)


def _put_attributes(message: pb.ProcessingRequest, number: int, path: str | None = None) -> None:
    values: dict[str, Any] = {"upstream.request_attempt_count": number}
    if path is not None:
        values[f"filter_state['{CLIENT_PATH_STATE}']"] = path
    message.attributes["envoy.filters.http.ext_proc"].CopyFrom(_struct(values))


def _struct(values: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update(dict(values))
    return struct
