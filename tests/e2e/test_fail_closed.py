"""A request that ext_proc did not decide on never reaches a provider, however ext_proc fails.

Envoy lets a request through unprocessed when the processor ends its stream without an answer, even with
``failure_mode_allow: false``. So these processors misbehave in all the ways that were seen to fail open.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import httpx
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: k, default: true}}
"""
SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"


def ends_at_once(requests, context):
    return iter(())


def ends_after_the_headers(requests, context):
    next(requests)
    return
    yield


def ends_after_its_headers_reply(requests, context):
    next(requests)
    yield pb.ProcessingResponse(request_headers=pb.HeadersResponse())


def ends_after_the_body(requests, context):
    next(requests)
    yield pb.ProcessingResponse(request_headers=pb.HeadersResponse())
    next(requests)


def changes_nothing(requests, context):
    next(requests)
    yield pb.ProcessingResponse(request_headers=pb.HeadersResponse())
    next(requests)
    yield pb.ProcessingResponse(request_body=pb.BodyResponse())


def answers_with_nothing(requests, context):
    next(requests)
    yield pb.ProcessingResponse()


def answers_the_wrong_phase(requests, context):
    next(requests)
    yield pb.ProcessingResponse(response_body=pb.BodyResponse())


def fails(requests, context):
    next(requests)
    context.abort(grpc.StatusCode.INTERNAL, "broken")


def names_a_cluster_that_does_not_exist(requests, context):
    next(requests)
    yield pb.ProcessingResponse(request_headers=pb.HeadersResponse())
    next(requests)
    reply = pb.ProcessingResponse(request_body=pb.BodyResponse())
    reply.request_body.response.header_mutation.set_headers.add(
        header=pb.HeaderValue(key="x-plano-int-cluster", raw_value=b"nowhere")
    )
    reply.request_body.response.clear_route_cache = True
    yield reply


def sends_garbage(requests, context):
    next(requests)
    yield b"\xff\xff\xff"


MISBEHAVIOURS = [
    ends_at_once,
    ends_after_the_headers,
    ends_after_its_headers_reply,
    ends_after_the_body,
    changes_nothing,
    answers_with_nothing,
    answers_the_wrong_phase,
    fails,
    names_a_cluster_that_does_not_exist,
    sends_garbage,
]


def never_answers(requests, context):
    next(requests)
    yield from requests  # none comes; ends when Envoy gives up


class Processor:
    """A gRPC server on extproc's socket whose behaviour a test sets."""

    def __init__(self) -> None:
        self.behave = changes_nothing
        self.calls = 0

    def process(self, requests, context):
        self.calls += 1
        yield from self.behave(requests, context)

    @contextmanager
    def serving(self, address: str):
        server = grpc.server(ThreadPoolExecutor(4))
        handler = grpc.stream_stream_rpc_method_handler(
            self.process,
            request_deserializer=pb.ProcessingRequest.FromString,
            response_serializer=lambda reply: (
                reply if isinstance(reply, bytes) else reply.SerializeToString()
            ),
        )
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, {"Process": handler}),)
        )
        servicer = health.HealthServicer()
        for service in ("", SERVICE):
            servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        server.add_insecure_port(address)
        server.start()
        try:
            yield self
        finally:
            server.stop(0).wait()


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as provider:
        yield provider


@pytest.fixture(scope="module")
def misled(upstream):
    """A gateway without plano-extproc, and the processor that stands in for it."""
    gateway = Gateway(CONFIG.format(url=upstream.url), start_extproc=False)
    with gateway, Processor().serving(f"unix:{gateway.directory}/extproc-0.sock") as processor:
        gateway.until(
            lambda: all(worker.healthy for worker in gateway.admin.workers()), "the processor is healthy"
        )
        yield gateway, processor


@pytest.mark.parametrize("body", [b'{"model":"gpt-4o"}', b"x" * 300_000], ids=["small", "large"])
@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS, ids=lambda each: each.__name__)
def test_a_request_nobody_decided_on_is_refused(misled, upstream, misbehaviour, body):
    gateway, processor = misled
    processor.behave, calls = misbehaviour, processor.calls

    answer = httpx.post(f"{gateway.base_url}/v1/chat/completions", content=body, trust_env=False, timeout=20)

    assert processor.calls > calls
    assert answer.status_code in {500, 503}
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["error"]["type"] == "server_error"
    assert [] == upstream.requests


def test_an_answer_that_comes_too_late_is_a_timeout(misled, upstream):
    """Envoy waits for as long as extproc/limits.py says, and no longer."""
    gateway, processor = misled
    processor.behave = never_answers

    answer = httpx.post(
        f"{gateway.base_url}/v1/messages", json={"model": "gpt-4o"}, trust_env=False, timeout=30
    )

    assert (answer.status_code, answer.json()["error"]["type"]) == (504, "timeout_error")
    assert [] == upstream.requests


def test_without_extproc_everything_is_503_in_the_callers_shape(upstream):
    with Gateway(CONFIG.format(url=upstream.url), start_extproc=False) as gateway:
        chat = httpx.post(
            f"{gateway.base_url}/v1/chat/completions", json={"model": "gpt-4o"}, trust_env=False
        )
        messages = httpx.post(f"{gateway.base_url}/v1/messages", json={"model": "gpt-4o"}, trust_env=False)
        models = httpx.get(f"{gateway.base_url}/v1/models", trust_env=False)
        healthy = httpx.get(f"{gateway.base_url}/healthz", trust_env=False)

    assert [503] * 4 == [answer.status_code for answer in (chat, messages, models, healthy)]
    assert chat.json()["error"]["type"] == "server_error"
    assert messages.json()["error"]["type"] == "overloaded_error"
    assert [] == upstream.requests
