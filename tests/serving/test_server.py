"""Both transports, over a real grpc.aio channel on a real Unix socket: what one does, the other does."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
import uvloop
from grpc_health.v1 import health_pb2, health_pb2_grpc

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange.rules import Rules
from extproc.serving.service import METHOD, SERVICE
from extproc.serving.transport import Server, Transport, server_of
from extproc.testing.builders import a_snapshot

DEADLINE_S = 10.0


@asynccontextmanager
async def served(transport: Transport) -> AsyncIterator[tuple[Server, grpc.aio.Channel]]:
    # Not pytest's tmp_path: its length may exceed that of a socket's path.
    with tempfile.TemporaryDirectory() as directory:
        socket = Path(directory) / "extproc-0.sock"
        server = server_of(transport, str(socket), Rules.of(a_snapshot()))
        await server.start()
        async with grpc.aio.insecure_channel(f"unix:{socket}") as channel:
            yield server, channel
        await server.drain(0.0)


Test = Callable[[Server, grpc.aio.Channel], Awaitable[None]]
Run = Callable[[Test], None]


@pytest.fixture(params=list(Transport))
def run(request: pytest.FixtureRequest) -> Run:
    """Run a test against a server; each test is run on every transport."""

    def _run(test: Test) -> None:
        async def body() -> None:
            async with asyncio.timeout(DEADLINE_S), served(request.param) as (server, channel):
                await test(server, channel)

        uvloop.run(body())  # as the worker does

    return _run


def request_headers(method: str, path: str, *, end: bool) -> bytes:
    values = [
        pb.HeaderValue(key=":method", raw_value=method.encode()),
        pb.HeaderValue(key=":path", raw_value=path.encode()),
    ]
    headers = pb.HttpHeaders(headers=pb.HeaderMap(headers=values), end_of_stream=end)
    return pb.ProcessingRequest(request_headers=headers).SerializeToString()


def request_body(body: bytes) -> bytes:
    message = pb.ProcessingRequest(request_body=pb.HttpBody(body=body, end_of_stream=True))
    return message.SerializeToString()


def test_an_exchange_is_served_and_its_stream_ended_after_the_last_reply(run: Run) -> None:
    """Envoy's half stays open: the server must not wait for it."""

    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.write(request_headers("POST", "/v1/chat/completions", end=False))
        first = pb.ProcessingResponse.FromString(await call.read())
        await call.write(request_body(b'{"model":"openai/gpt-4o"}'))
        second = pb.ProcessingResponse.FromString(await call.read())

        assert ["request_headers", "request_body"] == [r.WhichOneof("response") for r in (first, second)]
        assert b'{"model":"gpt-4o"}' == second.request_body.response.body_mutation.body
        assert grpc.aio.EOF is await call.read()
        assert grpc.StatusCode.OK is await call.code()

    run(test)


def test_a_body_far_over_grpcs_default_limit_is_taken(run: Run) -> None:
    """Four MiB would be a 500 for the client."""
    body = b'{"model":"openai/gpt-4o","x":"' + b"x" * (10 << 20) + b'"}'

    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.write(request_headers("POST", "/v1/chat/completions", end=False))
        await call.read()
        await call.write(request_body(body))
        reply = pb.ProcessingResponse.FromString(await call.read())

        assert len(body) - len("openai/") == len(reply.request_body.response.body_mutation.body)

    # The client's own limit is the 4 MiB; Envoy has none.
    async def unlimited(server: Server, _: grpc.aio.Channel) -> None:
        options = [("grpc.max_receive_message_length", -1)]
        async with grpc.aio.insecure_channel(f"unix:{server.socket_path}", options) as channel:
            await test(server, channel)

    run(unlimited)


@pytest.mark.parametrize("messages", [[b"\xff"], [request_body(b"{}")]], ids=["garbage", "out of order"])
def test_a_message_that_makes_no_sense_ends_the_stream_with_an_error(run: Run, messages: list[bytes]) -> None:
    """A clean end would let the request through unprocessed."""

    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        for message in messages:
            await call.write(message)

        assert grpc.StatusCode.INVALID_ARGUMENT is await call.code()

    run(test)


@pytest.mark.parametrize("service", ["", SERVICE])
def test_health_is_serving_until_the_drain_begins(run: Run, service: str) -> None:
    """Envoy then sends new exchanges elsewhere, while those in flight end."""

    async def test(server: Server, channel: grpc.aio.Channel) -> None:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(service=service))
        before = await watch.read()
        draining = asyncio.create_task(server.drain(DEADLINE_S))
        after = await watch.read()
        watch.cancel()

        assert (
            health_pb2.HealthCheckResponse.SERVING,
            health_pb2.HealthCheckResponse.NOT_SERVING,
        ) == (before.status, after.status)
        await draining

    run(test)


def test_an_exchange_in_flight_is_finished_during_the_drain(run: Run) -> None:
    """SIGTERM loses nobody's request."""

    async def test(server: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.write(request_headers("POST", "/v1/chat/completions", end=False))
        await call.read()
        draining = asyncio.create_task(server.drain(DEADLINE_S))
        await call.write(request_body(b"{}"))
        reply = pb.ProcessingResponse.FromString(await call.read())

        assert "request_body" == reply.WhichOneof("response")
        await draining

    run(test)
