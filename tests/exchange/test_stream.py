"""Work that is done while Envoy waits for a reply."""

import asyncio
from collections.abc import Coroutine

import pytest

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange.messages import Body, Headers
from extproc.exchange.phases import Phase
from extproc.exchange.stream import Overtaken, Stream

BODY = pb.ProcessingRequest(request_body=pb.HttpBody(body=b"{}", end_of_stream=True)).SerializeToString()
ANSWERED = pb.ProcessingRequest(response_headers=pb.HttpHeaders()).SerializeToString()
REQUEST = pb.ProcessingRequest(request_headers=pb.HttpHeaders()).SerializeToString()


class Ends:
    """Both ends of a stream whose request has arrived."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.stream = Stream(self.coming.get, self._send)
        for message in (REQUEST, BODY):
            self.coming.put_nowait(message)

    async def _send(self, _: bytes) -> None: ...

    async def arrived(self) -> "Ends":
        await self.stream.receive()
        await self.stream.receive()
        return self


async def soon(value: int) -> int:
    await asyncio.sleep(0)
    return value


def run(check: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(check, 5.0))


def test_what_comes_after_the_work_is_not_lost() -> None:
    """The read that was begun meanwhile is the next one."""

    async def check() -> None:
        ends = await Ends().arrived()
        assert (1, 2) == (await ends.stream.meanwhile(soon(1)), await ends.stream.meanwhile(soon(2)))
        ends.coming.put_nowait(ANSWERED)
        assert Headers(Phase.RESPONSE_HEADERS, {}, False) == await ends.stream.receive()
        ends.coming.put_nowait(None)
        assert await ends.stream.receive() is None

    run(check())


@pytest.mark.parametrize("message", [None, ANSWERED], ids=["the end", "an answer of Envoy's"])
def test_work_ends_when_nobody_waits_for_it(message: bytes | None) -> None:
    """Before the exchange goes on: what it holds is given back."""

    async def check() -> None:
        ends, begun, ended = await Ends().arrived(), asyncio.Event(), asyncio.Event()

        async def forever() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def leave() -> None:
            await begun.wait()
            ends.coming.put_nowait(message)

        leaving = asyncio.ensure_future(leave())
        with pytest.raises(Overtaken) as raised:
            await ends.stream.meanwhile(forever())
        await leaving
        assert ended.is_set()
        assert (message is None) == (raised.value.message is None)

    run(check())


def test_what_the_work_raises_is_raised() -> None:
    async def fail() -> None:
        raise LookupError

    async def check() -> None:
        with pytest.raises(LookupError):
            await (await Ends().arrived()).stream.meanwhile(fail())

    run(check())


def test_a_cancelled_exchange_leaves_no_work_behind() -> None:
    """Envoy's reset cancels it; then no call of ours goes on."""

    async def check() -> None:
        ends, begun, ended = await Ends().arrived(), asyncio.Event(), asyncio.Event()

        async def forever() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        exchange = asyncio.ensure_future(ends.stream.meanwhile(forever()))
        await begun.wait()
        exchange.cancel()
        await asyncio.gather(exchange, return_exceptions=True)
        ends.stream.close()
        assert ended.is_set()

    run(check())


def test_a_message_out_of_order_is_a_fault_meanwhile_too() -> None:
    """As at any other time; the body alone may follow itself."""

    async def check() -> None:
        ends = await Ends().arrived()
        ends.coming.put_nowait(BODY)
        with pytest.raises(Overtaken) as raised:
            await ends.stream.meanwhile(asyncio.sleep(5.0))
        assert Body(Phase.REQUEST_BODY, b"{}", True) == raised.value.message

    run(check())
