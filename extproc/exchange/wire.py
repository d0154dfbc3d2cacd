"""ProcessingRequest bytes → message, answer → ProcessingResponse bytes; the only code that knows the protos.

Traps of the protocol that are settled here (each has a test):
- a submessage that is only read is not set, and Envoy takes the empty reply for a spurious one;
- only ``raw_value`` of a header counts, in both directions;
- ``clear_route_cache`` is ignored unless the same reply changes a header;
- a body in a reply to headers is ignored unless the reply replaces the whole message.
"""

from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import NULL_VALUE

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange.attempt_wire import attempt_of, put_attempts
from extproc.exchange.messages import (
    Answer,
    Body,
    BodyMode,
    Continue,
    Headers,
    Message,
    Metadata,
    Reply,
    Rewrite,
    Trailers,
    Wait,
)
from extproc.exchange.phases import Phase
from extproc.headers import METADATA_NAMESPACE

REPLY_DETAILS = "plano_reply"
"""``%RESPONSE_CODE_DETAILS%`` of an answer of ours: it tells ours from Envoy's in the access log."""

_OVERWRITE = pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_PHASES = {str(phase): phase for phase in Phase}
_REQUEST_PHASES = frozenset({Phase.REQUEST_HEADERS, Phase.REQUEST_BODY})
_HEADERS_PHASES = frozenset({Phase.REQUEST_HEADERS, Phase.RESPONSE_HEADERS})
_SHOW_THE_BODY = {
    mode: pb.ProcessingMode(
        response_header_mode=pb.ProcessingMode.SEND,
        response_body_mode=mode.name,
    )
    for mode in BodyMode
}


class ProtocolError(Exception):
    """The bytes are not a message of the protocol, or not one that may come now."""


def decode(data: bytes) -> Message:
    """Read one message of Envoy's; raises `ProtocolError`."""
    try:
        request = pb.ProcessingRequest.FromString(data)
    except DecodeError as error:
        raise ProtocolError(str(error)) from error
    match _PHASES.get(request.WhichOneof("request") or ""):
        case Phase.REQUEST_HEADERS:
            return _headers(Phase.REQUEST_HEADERS, request.request_headers, request)
        case Phase.RESPONSE_HEADERS:
            return _headers(Phase.RESPONSE_HEADERS, request.response_headers, request)
        case Phase.REQUEST_BODY:
            body = request.request_body
            return Body(Phase.REQUEST_BODY, body.body, body.end_of_stream)
        case Phase.RESPONSE_BODY:
            body = request.response_body
            return Body(Phase.RESPONSE_BODY, body.body, body.end_of_stream)
        case Phase.REQUEST_TRAILERS | Phase.RESPONSE_TRAILERS as phase:
            return Trailers(phase)
        case None:
            raise ProtocolError("a ProcessingRequest without a request")


def encode(answer: Answer) -> bytes:
    """Write one reply of ours."""
    match answer:
        case Continue(phase):
            return _CONTINUE[phase]
        case Rewrite():
            return _rewrite(answer)
        case Reply():
            return _reply(answer)
        case Wait(seconds):
            response = pb.ProcessingResponse()
            response.override_message_timeout.FromMilliseconds(int(seconds * 1000))
            return response.SerializeToString()


def _headers(phase: Phase, headers: pb.HttpHeaders, request: pb.ProcessingRequest) -> Headers:
    values = {header.key: header.raw_value for header in headers.headers.headers}
    attempt = attempt_of(request) if request.attributes else None
    return Headers(phase, values, headers.end_of_stream, attempt)


def _continue(phase: Phase) -> bytes:
    response = pb.ProcessingResponse()
    getattr(response, phase).SetInParent()
    return response.SerializeToString()


_CONTINUE = {phase: _continue(phase) for phase in Phase}


def _rewrite(rewrite: Rewrite) -> bytes:
    response = pb.ProcessingResponse()
    common: pb.CommonResponse = getattr(response, rewrite.phase).response
    for name, value in rewrite.set_headers:
        common.header_mutation.set_headers.add(
            header=pb.HeaderValue(key=name, raw_value=value), append_action=_OVERWRITE
        )
    common.header_mutation.remove_headers.extend(rewrite.remove_headers)
    if rewrite.body is not None and rewrite.phase in _HEADERS_PHASES:
        common.status = pb.CommonResponse.CONTINUE_AND_REPLACE
    if rewrite.body:
        common.body_mutation.body = rewrite.body
    elif rewrite.body is not None:
        common.body_mutation.clear_body = True
    if rewrite.phase in _REQUEST_PHASES:
        common.clear_route_cache = True
    elif rewrite.body_mode:
        response.mode_override.CopyFrom(_SHOW_THE_BODY[rewrite.body_mode])
    _put_metadata(response, rewrite.metadata)
    if rewrite.attempts:
        put_attempts(response, rewrite.attempts)
    return response.SerializeToString()


def _reply(reply: Reply) -> bytes:
    response = pb.ProcessingResponse()
    immediate = response.immediate_response
    immediate.status.code = reply.status
    for name, value in reply.headers:
        immediate.headers.set_headers.add(
            header=pb.HeaderValue(key=name, raw_value=value.encode()), append_action=_OVERWRITE
        )
    immediate.body = reply.body
    immediate.details = REPLY_DETAILS
    _put_metadata(response, reply.metadata)
    return response.SerializeToString()


def _put_metadata(response: pb.ProcessingResponse, metadata: Metadata) -> None:
    if not metadata:
        return
    fields = response.dynamic_metadata.fields[METADATA_NAMESPACE].struct_value.fields
    for key, value in metadata.items():
        if isinstance(value, bool):
            fields[key].bool_value = value
        elif isinstance(value, str):
            fields[key].string_value = value
        elif value is None:
            fields[key].null_value = NULL_VALUE
        else:
            fields[key].number_value = value
