"""The double of Envoy on the way back: a provider's answer, phase by phase, to what the client receives.

As Envoy 1.40 was seen to do it: the mode of the body is the one that the reply to the headers asked for, else
it passes unseen, as does the rest when the exchange ends its stream; header changes count in a reply to the
headers and to a buffered body; a body in a reply to headers counts only with CONTINUE_AND_REPLACE, and then
there is no ``content-length``, as after a body that was held.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.testing.fake_messages import headers_message, mutated

Ask = Callable[[pb.ProcessingRequest], Awaitable[pb.ProcessingResponse | None]]
"""Sends a message; the reply, or ``None`` when the exchange has ended the stream."""


@dataclass(frozen=True)
class Provided:
    """A provider's answer: its head, and the pieces in which its body comes. No pieces: no body at all."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()
    trailers: bool = False
    broken_off: bool = False
    """The connection breaks after the last piece."""
    held_bytes_max: int = 1 << 20
    """What Envoy can hold of the body."""


@dataclass(frozen=True)
class Delivered:
    """What the client received."""

    status: int
    headers: Mapping[str, bytes]
    pieces: tuple[bytes, ...]
    """One for each of the provider's where it was streamed, else one."""

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self.pieces)


class BrokenAnswerError(AssertionError):
    """The client would receive a 5xx of Envoy's, or wait for a body that never comes."""


async def deliver(ask: Ask, provided: Provided) -> Delivered:
    """What becomes of a provider's answer; raises `BrokenAnswerError` for a reply Envoy cannot follow."""
    headers = {":status": b"%d" % provided.status}
    headers |= {name: value.encode() for name, value in provided.headers.items()}
    end = not (provided.pieces or provided.trailers or provided.broken_off)
    reply = await ask(headers_message("response_headers", headers, end=end))
    if reply is None:
        return _delivered(headers, provided.pieces)
    _check(reply, "response_headers")
    common = reply.response_headers.response
    headers = mutated(headers, common.header_mutation)
    if common.status == pb.CommonResponse.CONTINUE_AND_REPLACE:
        headers.pop("content-length", None)
        return _delivered(headers, (common.body_mutation.body,))
    if end:
        return _delivered(headers, ())
    mode = reply.mode_override if reply.HasField("mode_override") else pb.ProcessingMode()
    return await _BODIES[mode.response_body_mode](ask, provided, headers, mode)


async def _unseen(_: Ask, provided: Provided, headers: dict[str, bytes], __: pb.ProcessingMode) -> Delivered:
    return _delivered(headers, provided.pieces)


async def _streamed(
    ask: Ask, provided: Provided, headers: dict[str, bytes], mode: pb.ProcessingMode
) -> Delivered:
    pieces: list[bytes] = []
    for index, piece in enumerate(provided.pieces):
        last = index == len(provided.pieces) - 1 and not (provided.trailers or provided.broken_off)
        reply = await ask(_body(piece, end=last))
        if reply is None:
            return _delivered(headers, (*pieces, *provided.pieces[index:]))
        pieces.append(_changed(reply, piece))
    if "content-length" in headers and not provided.broken_off:
        _check_length(headers, b"".join(pieces))
    await _trailers(ask, provided, mode)
    return _delivered(headers, tuple(pieces))


async def _buffered(
    ask: Ask, provided: Provided, headers: dict[str, bytes], mode: pb.ProcessingMode
) -> Delivered:
    whole = b"".join(provided.pieces)
    if provided.broken_off:
        raise BrokenAnswerError("Envoy answers 502 itself: the head was held back")
    if len(whole) > provided.held_bytes_max:
        reply = await ask(_body(whole[: provided.held_bytes_max + 1], end=False))
        return _passed_or_replied(reply, headers, whole)
    reply = await ask(_body(whole, end=not provided.trailers))
    if reply is not None:
        whole = _changed(reply, whole)
        headers = mutated(headers, reply.response_body.response.header_mutation)
        headers.pop("content-length", None)
        await _trailers(ask, provided, mode)
    if "content-length" in headers:
        _check_length(headers, whole)
    return _delivered(headers, (whole,))


async def _trailers(ask: Ask, provided: Provided, mode: pb.ProcessingMode) -> None:
    if provided.trailers and mode.response_trailer_mode == pb.ProcessingMode.SEND:
        reply = await ask(pb.ProcessingRequest(response_trailers=pb.HttpTrailers()))
        if reply is not None:
            _check(reply, "response_trailers")


_BODIES = {
    pb.ProcessingMode.NONE: _unseen,
    pb.ProcessingMode.STREAMED: _streamed,
    pb.ProcessingMode.BUFFERED_PARTIAL: _buffered,
}


def _body(data: bytes, *, end: bool) -> pb.ProcessingRequest:
    return pb.ProcessingRequest(response_body=pb.HttpBody(body=data, end_of_stream=end))


def _changed(reply: pb.ProcessingResponse, data: bytes) -> bytes:
    _check(reply, "response_body")
    common = reply.response_body.response
    return common.body_mutation.body if common.HasField("body_mutation") else data


def _passed_or_replied(
    reply: pb.ProcessingResponse | None, headers: dict[str, bytes], whole: bytes
) -> Delivered:
    """What was held goes on as it came, and the rest behind it; or the client gets an answer of ours."""
    if reply is not None and not reply.HasField("immediate_response"):
        if reply.response_body.response.HasField("body_mutation"):
            raise BrokenAnswerError("part of a body is not the whole")
        return _delivered(
            {name: said for name, said in headers.items() if name != "content-length"}, (whole,)
        )
    if reply is None:
        raise BrokenAnswerError("part of a body is not the whole")
    own = reply.immediate_response
    headers = mutated({}, own.headers)
    return Delivered(own.status.code, headers, (own.body,))


def _check(reply: pb.ProcessingResponse, phase: str) -> None:
    if reply.WhichOneof("response") != phase:
        raise BrokenAnswerError(f"{reply.WhichOneof('response')} in reply to {phase}")


def _check_length(headers: Mapping[str, bytes], body: bytes) -> None:
    if headers["content-length"] != b"%d" % len(body):
        raise BrokenAnswerError(f"content-length {headers['content-length']!r} of {len(body)} bytes")


def _delivered(headers: dict[str, bytes], pieces: tuple[bytes, ...]) -> Delivered:
    if not pieces and headers.get("content-length", b"0") != b"0":
        raise BrokenAnswerError("a content-length, and no body")
    status = int(headers[":status"])
    return Delivered(status, {k: v for k, v in headers.items() if k != ":status"}, pieces)
