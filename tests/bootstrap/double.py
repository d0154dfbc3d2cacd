"""A double of plano-extproc that does what the request's own headers tell it, and keeps what it was shown.

| header | effect |
|---|---|
| ``x-test-cluster: NAME`` | sent on to the cluster NAME, as provider ``acme``, model ``m-1`` |
| ``x-test-path: PATH`` | … with this path |
| ``x-test-told: a=b&c=d`` | … telling this of it instead of a provider and a model |
| ``x-test-hash``, ``x-test-conversation`` | … with this hash, this conversation id |
| ``x-test-do: reply`` | answered by ourselves: 418 |
| ``x-test-do: leave`` | the stream ends without an answer |
| ``x-test-do: fail`` | the stream ends with an error |
| none of these | goes on undecided |
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from extproc import headers as names
from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.limits import MIB

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
PROVIDER = "acme"
MODEL = "m-1"
REPLY_BODY = b'{"said": "by us"}'
OPTIONS = [("grpc.max_receive_message_length", 256 * MIB), ("grpc.max_send_message_length", 256 * MIB)]

Stream = Iterator[pb.ProcessingRequest]


class ExtProcDouble:
    """Serves on a Unix socket between entering and leaving."""

    def __init__(self, socket: Path) -> None:
        self.seen: list[dict[str, str]] = []
        self._threads = ThreadPoolExecutor(16)
        self._server = grpc.server(self._threads, options=OPTIONS)
        method = grpc.stream_stream_rpc_method_handler(
            self._process,
            request_deserializer=pb.ProcessingRequest.FromString,
            response_serializer=pb.ProcessingResponse.SerializeToString,
        )
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, {"Process": method}),)
        )
        servicer = health.HealthServicer()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, self._server)
        self._server.add_insecure_port(f"unix:{socket}")

    def __enter__(self) -> "ExtProcDouble":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()
        self._threads.shutdown()

    def _process(self, stream: Stream, context: grpc.ServicerContext) -> Iterator[pb.ProcessingResponse]:
        first = next(stream)
        if not first.HasField("request_headers"):
            return
        message = first.request_headers
        sent = {header.key: header.raw_value.decode("latin-1") for header in message.headers.headers}
        self.seen.append(sent)
        if sent[":path"] == "/healthz":
            yield _immediate(200)
            return
        if not message.end_of_stream:
            yield pb.ProcessingResponse(request_headers=pb.HeadersResponse(response=pb.CommonResponse()))
            following = next(stream, None)
            if following is None or not following.HasField("request_body"):
                return
        phase = "request_headers" if message.end_of_stream else "request_body"
        match sent.get("x-test-do"):
            case "reply":
                yield _immediate(418)
            case "hang":
                next(stream, None)
            case "fail":
                context.abort(grpc.StatusCode.INTERNAL, "told to")
            case None:
                yield _on(phase, sent)


def _on(phase: str, sent: Mapping[str, str]) -> pb.ProcessingResponse:
    response = pb.ProcessingResponse()
    common = getattr(response, phase).response
    common.SetInParent()
    if cluster := sent.get("x-test-cluster"):
        _set(common.header_mutation, names.CLUSTER, cluster)
        _set(common.header_mutation, ":path", sent.get("x-test-path", sent[":path"]))
        for test_name, name in (("x-test-hash", names.HASH), ("x-test-conversation", names.CONVERSATION)):
            if test_name in sent:
                _set(common.header_mutation, name, sent[test_name])
        common.clear_route_cache = True
        told = dict(parse_qsl(sent.get("x-test-told", f"provider={PROVIDER}&model={MODEL}")))
        took = {"routing_ms": float(told.pop("routing_ms"))} if "routing_ms" in told else {}
        _tell(response, operation="chat", **told, **took)
    return response


def _immediate(status: int) -> pb.ProcessingResponse:
    response = pb.ProcessingResponse()
    immediate = response.immediate_response
    immediate.status.code = status
    immediate.body = REPLY_BODY
    immediate.details = "plano_reply"
    _set(immediate.headers, "content-type", "application/json")
    _set(immediate.headers, names.REPLY, "teapot")
    _tell(response, replied=True, reply="teapot")
    return response


def _set(mutation: pb.HeaderMutation, name: str, value: str) -> None:
    mutation.set_headers.add(
        header=pb.HeaderValue(key=name, raw_value=value.encode()),
        append_action=pb.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )


def _tell(response: pb.ProcessingResponse, **values: str | bool | float) -> None:
    fields = response.dynamic_metadata.fields[names.METADATA_NAMESPACE].struct_value
    fields.update(values)
