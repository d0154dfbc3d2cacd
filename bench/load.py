"""The client of the benchmark: a closed loop over kept connections, in its own process.

Takes a `Task` as JSON in its argument and prints a `Slice` as JSON. Each connection sends its next request
when it has the whole answer to the last one. Requests of the warm-up are not counted.
"""

import asyncio
import gc
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

from bench.upstream import EVENT_EVERY_S, EVENTS


@dataclass(frozen=True, slots=True)
class Task:
    """What to ask for, how, and how long."""

    port: int
    model: str
    body_bytes: int
    concurrency: int
    seconds: float
    warm_up_s: float = 0.2
    stream: bool = False


@dataclass(slots=True)
class Slice:
    """What was seen."""

    requests: int
    errors: int
    seconds: float
    p50_us: float
    p99_us: float
    cpu_s: float
    first_event_us: float = 0.0
    """Median from sending the request to its first event."""
    event_delay_us: float = 0.0
    """Median from an event's being sent by the provider to its arrival."""
    event_delay_p99_us: float = 0.0

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(slots=True)
class Tally:
    """Shared by the connections."""

    counting: bool = False
    stopping: bool = False
    errors: int = 0
    latencies: list[int] = field(default_factory=list)
    first_events: list[int] = field(default_factory=list)
    event_delays: list[int] = field(default_factory=list)


def request_bytes(task: Task) -> bytes:
    """A chat request of `body_bytes`; the model stands last, where the official SDK puts it."""
    shown = {"messages": [{"role": "user", "content": ""}], "temperature": 0.5, "model": task.model}
    if task.stream:
        shown["stream"] = True
    empty = len(json.dumps(shown, separators=(",", ":")))
    words = "The quick brown fox jumps over the lazy dog. " * (task.body_bytes // 45 + 1)
    shown["messages"] = [{"role": "user", "content": words[: max(0, task.body_bytes - empty)]}]
    body = json.dumps(shown, separators=(",", ":")).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer none\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One kept connection: request, answer, request, …"""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._buffer = bytearray()
        self._need = 0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        """A connection that is lost before the end is an error."""
        if not self._tally.stopping:
            self._tally.errors += 1
        self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        self._buffer += data
        if self._whole():
            self._done()

    def _send(self) -> None:
        self._sent = time.monotonic_ns()
        self._transport.write(self._request)

    def _whole(self) -> bool:
        if not self._need:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            length = re.search(rb"content-length: (\d+)", self._buffer[:end])
            self._need = end + 4 + int(length[1]) if length else -1
        if self._need < 0:
            return self._buffer.endswith(b"0\r\n\r\n")
        return len(self._buffer) >= self._need

    def _done(self) -> None:
        if self._tally.counting:
            self._tally.latencies.append(time.monotonic_ns() - self._sent)
            self._tally.errors += not self._buffer.startswith(b"HTTP/1.1 200")
        self._buffer.clear()
        self._need = 0
        if self._tally.stopping:
            self._transport.close()
        else:
            self._send()


class StreamConnection(Connection):
    """The same for an answer of events: the time of each is noted as it arrives."""

    def data_received(self, data: bytes) -> None:
        """The provider's clock is ours: both read CLOCK_MONOTONIC of one machine."""
        now = time.monotonic_ns()
        sent = [int(found) for found in re.findall(rb'"sent":(\d+),', data)]
        if self._tally.counting and sent:
            if b"data: " not in self._buffer:
                self._tally.first_events.append(now - self._sent)
            self._tally.event_delays += [now - moment for moment in sent]
        super().data_received(data)


def quantile_us(nanoseconds: list[int], share: float) -> float:
    """0 for an empty list."""
    ordered = sorted(nanoseconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1000 if ordered else 0.0


async def run(task: Task) -> Slice:
    """Keep `concurrency` requests in flight for `seconds`."""
    loop = asyncio.get_running_loop()
    tally, request = Tally(), request_bytes(task)
    kind = StreamConnection if task.stream else Connection
    connections = []
    for _ in range(task.concurrency):
        _, connection = await loop.create_connection(lambda: kind(request, tally), "127.0.0.1", task.port)
        connections.append(connection)
        # Streams that begin together would end and begin again together for ever: all their requests at once.
        await asyncio.sleep(EVENTS * EVENT_EVERY_S / task.concurrency if task.stream else 0)
    await asyncio.sleep(task.warm_up_s)
    cpu, begin, tally.counting = time.process_time(), time.monotonic(), True
    await asyncio.sleep(task.seconds)
    tally.counting, seconds, cpu = False, time.monotonic() - begin, time.process_time() - cpu
    tally.stopping = True
    await asyncio.wait([connection.closed for connection in connections], timeout=5)
    return Slice(
        requests=len(tally.latencies),
        errors=tally.errors,
        seconds=seconds,
        p50_us=quantile_us(tally.latencies, 0.5),
        p99_us=quantile_us(tally.latencies, 0.99),
        cpu_s=cpu,
        first_event_us=quantile_us(tally.first_events, 0.5),
        event_delay_us=quantile_us(tally.event_delays, 0.5),
        event_delay_p99_us=quantile_us(tally.event_delays, 0.99),
    )


if __name__ == "__main__":
    gc.disable()
    print(json.dumps(asdict(uvloop.run(run(Task(**json.loads(sys.argv[1])))))))
