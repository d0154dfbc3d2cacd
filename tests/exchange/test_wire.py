"""Bytes to messages and back."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange import wire
from extproc.exchange.messages import Body, BodyMode, Continue, Headers, Reply, Rewrite, Trailers, Wait
from extproc.exchange.phases import Phase


def header(name: str, value: bytes) -> pb.HeaderValue:
    return pb.HeaderValue(key=name, raw_value=value)


def headers(*values: pb.HeaderValue, end_of_stream: bool = False) -> pb.HttpHeaders:
    return pb.HttpHeaders(headers=pb.HeaderMap(headers=values), end_of_stream=end_of_stream)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            pb.ProcessingRequest(request_headers=headers(header(":path", b"/v1/x"), end_of_stream=True)),
            Headers(Phase.REQUEST_HEADERS, {":path": b"/v1/x"}, True),
        ),
        (
            pb.ProcessingRequest(response_headers=headers(header(":status", b"200"))),
            Headers(Phase.RESPONSE_HEADERS, {":status": b"200"}, False),
        ),
        (
            pb.ProcessingRequest(request_body=pb.HttpBody(body=b"{}", end_of_stream=True)),
            Body(Phase.REQUEST_BODY, b"{}", True),
        ),
        (
            pb.ProcessingRequest(response_body=pb.HttpBody(body=b"data: x")),
            Body(Phase.RESPONSE_BODY, b"data: x", False),
        ),
        (pb.ProcessingRequest(request_trailers=pb.HttpTrailers()), Trailers(Phase.REQUEST_TRAILERS)),
        (pb.ProcessingRequest(response_trailers=pb.HttpTrailers()), Trailers(Phase.RESPONSE_TRAILERS)),
    ],
    ids=lambda value: getattr(value, "phase", ""),
)
def test_each_message_of_envoys_is_read(request_: pb.ProcessingRequest, message: object) -> None:
    """One value a phase."""
    assert message == wire.decode(request_.SerializeToString())


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff", pb.ProcessingRequest().SerializeToString()])
def test_bytes_that_are_no_message_are_an_error(data: bytes) -> None:
    """The stream is then ended with an error: Envoy must not take it for "nothing to change"."""
    with pytest.raises(wire.ProtocolError):
        wire.decode(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise_anything_else(data: bytes) -> None:
    """Whatever comes, there is a message or a `ProtocolError`."""
    with suppress(wire.ProtocolError):
        wire.decode(data)


@pytest.mark.parametrize("phase", Phase)
def test_continue_is_a_reply_to_its_phase_and_not_an_empty_one(phase: Phase) -> None:
    """An empty reply would be spurious to Envoy: a 500."""
    response = pb.ProcessingResponse.FromString(wire.encode(Continue(phase)))

    assert phase == response.WhichOneof("response")


def test_a_rewrite_carries_headers_body_metadata_and_chooses_the_route_anew() -> None:
    """Values of headers go by `raw_value`: Envoy ignores `value`."""
    rewrite = Rewrite(
        Phase.REQUEST_BODY,
        ((":path", b"/openai/v1/x"),),
        b'{"model":"m"}',
        metadata={"model": "m", "replied": False, "routing_ms": 1.5},
    )

    response = pb.ProcessingResponse.FromString(wire.encode(rewrite))

    common = response.request_body.response
    (option,) = common.header_mutation.set_headers
    assert (":path", b"/openai/v1/x", "") == (option.header.key, option.header.raw_value, option.header.value)
    assert pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD == option.append_action
    assert b'{"model":"m"}' == common.body_mutation.body
    assert common.clear_route_cache
    fields = response.dynamic_metadata.fields["plano"].struct_value.fields
    assert ("m", False) == (fields["model"].string_value, fields["replied"].bool_value)
    assert 1.5 == fields["routing_ms"].number_value


def test_a_rewrite_without_a_body_leaves_the_clients_in_place() -> None:
    """An empty mutation would empty the body."""
    response = pb.ProcessingResponse.FromString(wire.encode(Rewrite(Phase.REQUEST_BODY, ((":path", b"/"),))))

    assert not response.request_body.response.HasField("body_mutation")
    assert not response.HasField("dynamic_metadata")


@pytest.mark.parametrize(("body", "status"), [(b"{}", 1), (b"", 1), (None, 0)])
def test_a_body_in_a_reply_to_headers_replaces_the_message(body: bytes | None, status: int) -> None:
    """Envoy ignores it otherwise, and the client waits for what ``content-length`` promised."""
    rewrite = Rewrite(Phase.RESPONSE_HEADERS, (("content-type", b"application/json"),), body)

    response = pb.ProcessingResponse.FromString(wire.encode(rewrite))

    assert status == response.response_headers.response.status


@pytest.mark.parametrize("mode", BodyMode)
def test_the_mode_of_the_body_is_asked_for_with_the_headers(mode: BodyMode) -> None:
    """In a reply to the body Envoy ignores it."""
    rewrite = Rewrite(Phase.RESPONSE_HEADERS, (), body_mode=mode)

    response = pb.ProcessingResponse.FromString(wire.encode(rewrite))

    sent = response.mode_override.response_body_mode
    assert mode.name == pb.ProcessingMode.BodySendMode.Name(sent)
    assert not response.response_headers.response.clear_route_cache


def test_a_reply_is_an_immediate_response_marked_as_ours() -> None:
    """The details tell our answers from Envoy's in the access log."""
    reply = Reply(404, (("content-type", "application/json"),), b"{}", {"replied": True})

    response = pb.ProcessingResponse.FromString(wire.encode(reply))

    immediate = response.immediate_response
    assert (404, b"{}", wire.REPLY_DETAILS) == (immediate.status.code, immediate.body, immediate.details)
    assert response.dynamic_metadata.fields["plano"].struct_value.fields["replied"].bool_value


def test_more_time_is_asked_for_by_a_response_that_is_no_reply() -> None:
    """With anything else in it, Envoy would take it for the reply."""
    response = pb.ProcessingResponse.FromString(wire.encode(Wait(2.5)))

    assert 2.5 == response.override_message_timeout.ToTimedelta().total_seconds()
    assert ["override_message_timeout"] == [field.name for field, _ in response.ListFields()]
