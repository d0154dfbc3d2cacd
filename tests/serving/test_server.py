"""Both transports, over a real grpc.aio channel on a real Unix socket: what one does, the other does."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import grpc
import pytest
import uvloop
from grpc_health.v1 import health_pb2, health_pb2_grpc

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange.rules import Rules
from extproc.limits import BODY_BYTES_MAX, GRPC_MESSAGE_OVERHEAD_BYTES
from extproc.serving.current import Current
from extproc.serving.http2.frames import PREFACE
from extproc.serving.service import METHOD, SERVICE
from extproc.serving.transport import Server, Transport, server_of
from extproc.testing.builders import a_snapshot

DEADLINE_S = 10.0


@asynccontextmanager
async def served(transport: Transport) -> AsyncIterator[tuple[Server, grpc.aio.Channel]]:
    # Not pytest's tmp_path: its length may exceed that of a socket's path.
    with tempfile.TemporaryDirectory() as directory:
        socket = Path(directory) / "extproc-0.sock"
        server = server_of(transport, str(socket), Current(Rules.of(a_snapshot())))
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

        asyncio.run(body())

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


def test_many_exchanges_go_on_at_once(run: Run) -> None:
    """Each answer goes to who asked."""

    async def exchange(channel: grpc.aio.Channel, number: int) -> bytes:
        call = channel.stream_stream(METHOD)()
        await call.write(request_headers("POST", "/v1/chat/completions", end=False))
        await call.read()
        await call.write(request_body(b'{"model":"openai/gpt-4o","x":%d}' % number))
        reply = pb.ProcessingResponse.FromString(await call.read())
        assert grpc.StatusCode.OK is await call.code()
        return reply.request_body.response.body_mutation.body

    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        bodies = await asyncio.gather(*(exchange(channel, number) for number in range(300)))

        assert [b'{"model":"gpt-4o","x":%d}' % number for number in range(300)] == bodies

    run(test)


def test_a_cancelled_exchange_leaves_the_others_alone(run: Run) -> None:
    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        calls = [channel.stream_stream(METHOD)() for _ in range(20)]
        for call in calls:
            await call.write(request_headers("POST", "/v1/chat/completions", end=False))
            await call.read()
        for call in calls[::2]:
            call.cancel()
        for call in calls[1::2]:
            await call.write(request_body(b'{"model":"openai/gpt-4o"}'))
            await call.read()

        assert {grpc.StatusCode.OK} == {await call.code() for call in calls[1::2]}

    run(test)


def test_a_client_that_says_nothing_gets_a_clean_end(run: Run) -> None:
    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.done_writing()

        assert grpc.aio.EOF is await call.read()
        assert grpc.StatusCode.OK is await call.code()

    run(test)


@pytest.mark.parametrize(
    "method",
    ["/envoy.service.ext_proc.v3.ExternalProcessor/Other", "/no.Such/Method", "/grpc.health.v1.Health/X"],
)
def test_a_method_that_is_not_served_is_unimplemented(run: Run, method: str) -> None:
    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.unary_unary(method)(b"")

        assert grpc.StatusCode.UNIMPLEMENTED is await call.code()

    run(test)


def test_a_message_over_the_limit_is_refused(run: Run) -> None:
    """It is twice the longest body that a listener takes, and some room."""

    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.write(bytes(2 * BODY_BYTES_MAX + GRPC_MESSAGE_OVERHEAD_BYTES + 1))

        assert grpc.StatusCode.RESOURCE_EXHAUSTED is await call.code()

    run(test)


def test_a_compressed_message_is_read_or_refused_in_words(run: Run) -> None:
    """Envoy sends none; neither transport may take its bytes for a message."""

    async def test(server: Server, _: grpc.aio.Channel) -> None:
        gzip = grpc.Compression.Gzip
        async with grpc.aio.insecure_channel(f"unix:{server.socket_path}", compression=gzip) as channel:
            call = channel.stream_stream(METHOD)()
            await call.write(request_headers("GET", "/v1/models" + "x" * 2000, end=True))
            with suppress(grpc.aio.AioRpcError):
                await call.read()

            assert await call.code() in {grpc.StatusCode.OK, grpc.StatusCode.UNIMPLEMENTED}

    run(test)


@pytest.mark.parametrize(
    ("service", "answer"),
    [("", "SERVING"), (SERVICE, "SERVING"), ("no.such.Service", grpc.StatusCode.NOT_FOUND)],
)
def test_a_health_check_is_answered(run: Run, service: str, answer: object) -> None:
    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        call = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
        code = await call.code()
        name = health_pb2.HealthCheckResponse.ServingStatus.Name

        assert answer == (name((await call).status) if code is grpc.StatusCode.OK else code)

    run(test)


def test_the_health_of_an_unknown_service_may_be_watched(run: Run) -> None:
    async def test(_: Server, channel: grpc.aio.Channel) -> None:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="x"))

        assert health_pb2.HealthCheckResponse.SERVICE_UNKNOWN == (await watch.read()).status
        watch.cancel()

    run(test)


def test_an_exchange_that_does_not_end_is_cut_off_at_the_deadline(run: Run) -> None:
    """With an error: a clean end would let the request through."""

    async def test(server: Server, channel: grpc.aio.Channel) -> None:
        call = channel.stream_stream(METHOD)()
        await call.write(request_headers("POST", "/v1/chat/completions", end=False))
        await call.read()
        await server.drain(0.1)

        assert grpc.StatusCode.OK is not await call.code()

    run(test)


def test_a_drained_server_takes_no_new_connection(run: Run) -> None:
    async def test(server: Server, _: grpc.aio.Channel) -> None:
        await server.drain(0.0)

        with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
            await asyncio.open_unix_connection(server.socket_path)

    run(test)


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64, PREFACE + b"\xff" * 100]
)
def test_garbage_ends_its_own_connection_only(run: Run, garbage: bytes) -> None:
    async def test(server: Server, channel: grpc.aio.Channel) -> None:
        reader, writer = await asyncio.open_unix_connection(server.socket_path)
        writer.write(garbage)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        call = channel.stream_stream(METHOD)()
        await call.done_writing()

        assert grpc.StatusCode.OK is await call.code()

    run(test)


@pytest.mark.parametrize("transport", Transport)
def test_a_socket_that_cannot_be_bound_is_a_runtime_error(transport: Transport) -> None:
    async def test() -> None:
        with pytest.raises(RuntimeError):
            await server_of(transport, "/no/such/folder/x.sock", Current(Rules.of(a_snapshot()))).start()

    asyncio.run(test())


@pytest.mark.parametrize("transport", Transport)
def test_the_workers_own_loop_serves_too(transport: Transport) -> None:
    """uvloop's transports are not asyncio's."""

    async def test() -> grpc.StatusCode:
        async with asyncio.timeout(DEADLINE_S), served(transport) as (_, channel):
            call = channel.stream_stream(METHOD)()
            await call.write(request_headers("GET", "/v1/models", end=True))
            await call.read()
            return await call.code()

    assert grpc.StatusCode.OK is uvloop.run(test())
