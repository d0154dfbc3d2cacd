"""``python -m bench.state``: what the state service costs those that ask it, and those that tell it.

Look-ups go over a Unix socket to a ``plano-state`` process, one after another. The cost of telling is CPU
time of the process that tells, gRPC's threads included: what a request pays, wherever it is spent.
"""

import argparse
import asyncio
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple
from uuid import uuid4

import msgspec
import uvloop

from bench import page
from bench.measure import cpu_s
from extproc.dialects import operations
from extproc.exchange.messages import Headers
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.request import Request
from extproc.limits import STATE_BATCH_MAX
from extproc.routing.models import Target
from extproc.stateclient.client import StateClient
from extproc.stateclient.queue import EventQueue, Pace
from extproc.testing.builders import a_provider

PAGE: Final = Path(__file__).parent.parent / "docs" / "state.md"

LOOKUP_US_MAX: Final = 1_000
EVENT_US_MAX: Final = 15
"""The targets, for a median and for each request."""

ENTRIES: Final = 2_000
VALUE: Final = b"x" * 600
"""As long as a binding of a conversation."""
START_S: Final = 20.0

CONFIG: Final = """\
version: v0.4.0
listeners: [{{name: models, type: model, port: 12000, address: 127.0.0.1}}]
model_providers: [{{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}}]
routing: {{session_cache: {store}}}
state_storage: {store}
"""
STORES: Final = {"memory": "{type: memory}", "SQLite": "{type: sqlite, path: state.db}"}


class Lookup(NamedTuple):
    """Microseconds for one kind of call at one store."""

    store: str
    call: str
    p50_us: float
    p99_us: float


class Telling(NamedTuple):
    """Microseconds of CPU for an exchange."""

    put_us: float
    """To put its event down."""
    worker_us: float
    """To put it down and have it told, in all."""
    service_us: float
    """In the service, until the turn is kept in memory."""


@contextmanager
def service(folder: Path, store: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with such a store, once it listens."""
    config, socket = folder / "config.yaml", folder / "state.sock"
    config.write_text(CONFIG.format(store=STORES[store]))
    command = [sys.executable, "-m", "extproc.state.main", "--config", config, "--socket", socket]
    with (folder / "state.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_S
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "state.log").read_text())
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()


def lookups(store: str, calls: int) -> list[Lookup]:
    """Get, of an entry that is there and of one that is not, and put."""
    with tempfile.TemporaryDirectory(prefix="plano-") as name, service(Path(name), store):
        return uvloop.run(_lookups(Path(name) / "state.sock", store, calls))


async def _lookups(socket: Path, store: str, calls: int) -> list[Lookup]:
    client = StateClient(socket)
    for number in range(ENTRIES):
        await client.put("session", "", str(number), VALUE, 600.0)
    kinds: dict[str, Callable[[int], Awaitable[object]]] = {
        "get": lambda number: client.get("session", "", str(number % ENTRIES)),
        "get, nothing there": lambda number: client.get("session", "", f"none {number}"),
        "put": lambda number: client.put("session", "", str(number % ENTRIES), VALUE, 600.0),
    }
    found = []
    for kind, call in kinds.items():
        took = []
        for number in range(calls):
            begin = time.perf_counter()
            await call(number)
            took.append((time.perf_counter() - begin) * 1e6)
        took.sort()
        found.append(Lookup(store, kind, median(took), took[int(len(took) * 0.99)]))
    await client.close()
    return found


def telling(rounds: int, batches: int) -> Telling:
    """The least of `rounds`, each of so many full batches: what disturbs a slice makes it longer."""
    with tempfile.TemporaryDirectory(prefix="plano-") as name, service(Path(name), "memory") as process:
        told = [uvloop.run(_told(Path(name), batches, process.pid)) for _ in range(rounds)]
    return Telling(*(min(column) for column in zip(*told, strict=True)))


async def _told(folder: Path, batches: int, service_pid: int) -> Telling:
    client = StateClient(folder / "state.sock")
    queue = EventQueue(client.report, "bench", pace=Pace(batch_s=0.0))
    request, outcome = _exchange()
    number = batches * STATE_BATCH_MAX
    requests = [msgspec.structs.replace(request, request_id=uuid4().hex) for _ in range(number)]
    ended = await _ended(client)
    putting, telling, serving = 0.0, time.process_time(), cpu_s(service_pid)
    sending = asyncio.create_task(queue.run())
    for first in range(0, number, STATE_BATCH_MAX):
        begin = time.perf_counter()
        for request in requests[first : first + STATE_BATCH_MAX]:
            queue.ended(request, outcome)
        putting += time.perf_counter() - begin
        while queue.waiting:  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.001)
    worker_s = time.process_time() - telling
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    while await _ended(client) < ended + number:  # noqa: ASYNC110  no event tells
        await asyncio.sleep(0.5)
    await client.close()
    return Telling(
        putting / number * 1e6, worker_s / number * 1e6, (cpu_s(service_pid) - serving) / number * 1e6
    )


async def _ended(client: StateClient) -> int:
    return sum(load.turns for load in (await client.picture()).providers)


def _exchange() -> tuple[Request, Outcome]:
    """A request that passes, as most do."""
    values = {":method": b"POST", ":path": b"/v1/chat/completions", "x-model-affinity": b"a-conversation"}
    headers = Headers(Phase.REQUEST_HEADERS, values, end_of_stream=False)
    request = Request("POST", "/v1/chat/completions", "", "models", True, headers, time.time())
    told = {"listener": "models", "operation": "chat", "provider": "openai/gpt-4o", "model": "gpt-4o"}
    operation = operations.match("POST", "/v1/chat/completions")
    outcome = Outcome(Ending.ROUTED, Target(a_provider(), "gpt-4o"), operation=operation, told=told)
    return request, outcome


def markdown(found: list[Lookup], cost: Telling, command: str) -> str:
    """The part of the page."""
    lines = [
        f"`{command}`, {platform.machine()}, Python {platform.python_version()}; µs.",
        "",
        "| store | call | p50 | p99 |",
        "| --- | --- | ---: | ---: |",
        *(f"| {one.store} | {one.call} | {one.p50_us:.0f} | {one.p99_us:.0f} |" for one in found),
        "",
        "| an exchange costs | CPU |",
        "| --- | ---: |",
        f"| the worker, to put its event down | {cost.put_us:.1f} |",
        f"| the worker in all, until it is told | {cost.worker_us:.1f} |",
        f"| the service, until its turn is kept in memory | {cost.service_us:.1f} |",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run with the arguments of the command line; exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.state", description=__doc__)
    parser.add_argument("--calls", type=int, default=3000, help="calls of each kind (3000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often telling is measured (3)")
    parser.add_argument("--quick", action="store_true", help="does it work at all? Nothing is judged")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write into (docs/state.md)")
    options = parser.parse_args()
    calls, rounds, batches = (50, 1, 1) if options.quick else (options.calls, options.rounds, 40)
    found = [one for store in STORES for one in lookups(store, calls)]
    cost = telling(rounds, batches)
    text = markdown(found, cost, "python -m bench.state")
    print(text)
    page.put_within(options.output, "state", text)
    slow = [one for one in found if one.p50_us > LOOKUP_US_MAX]
    if not options.quick and (slow or cost.worker_us > EVENT_US_MAX):
        sys.exit(f"over the targets: {slow or cost}")


if __name__ == "__main__":
    main()
