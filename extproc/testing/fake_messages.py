"""Messages of the ext_proc protocol as Envoy makes them, and what it makes of a reply's header mutations."""

from collections.abc import Mapping

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb


def headers_message(phase: str, headers: Mapping[str, bytes], *, end: bool) -> pb.ProcessingRequest:
    """``request_headers`` or ``response_headers``; `end`: no body will come."""
    values = [pb.HeaderValue(key=name, raw_value=value) for name, value in headers.items()]
    message = pb.ProcessingRequest()
    target: pb.HttpHeaders = getattr(message, phase)
    target.headers.headers.extend(values)
    target.end_of_stream = end
    return message


def mutated(headers: Mapping[str, bytes], mutation: pb.HeaderMutation) -> dict[str, bytes]:
    """The headers after a mutation."""
    result = {name: value for name, value in headers.items() if name not in mutation.remove_headers}
    for option in mutation.set_headers:
        assert option.append_action == pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
        result[option.header.key] = option.header.raw_value
    return result
