"""A whole service in this process, on a socket of its own; or as a process."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from extproc.state.ingest import Ingest, Watcher
from extproc.state.server import Server
from extproc.state.store import Store
from extproc.state.stores.by_kind import StoresByKind
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.watched import WatchedStore
from extproc.stateclient.client import StateClient

START_S = 20.0
CONFIG = """\
version: v0.4.0
listeners: [{name: models, type: model, port: 12000, address: 127.0.0.1}]
model_providers: [{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}]
"""


@dataclass(frozen=True)
class Service:
    """One that runs."""

    client: StateClient
    ingest: Ingest
    stores: StoresByKind
    socket: Path


@asynccontextmanager
async def service(folder: Path, store: Store | None = None, *watchers: Watcher) -> AsyncIterator[Service]:
    """In this process and loop; `store` by default in memory."""
    stores = StoresByKind(WatchedStore("memory", store or MemoryStore({})), {})
    ingest = Ingest(stores, watchers)
    socket = folder / "state.sock"
    server = Server(socket, stores, ingest)
    await server.start()
    client = StateClient(socket)
    try:
        yield Service(client, ingest, stores, socket)
    finally:
        await client.close()
        await server.drain(1.0)


@contextmanager
def process(folder: Path, *arguments: object, config: str = CONFIG) -> "Iterator[subprocess.Popen[bytes]]":
    """`plano-state` as a process, once it serves; ended with the context."""
    socket = folder / "state.sock"
    (folder / "config.yaml").write_text(config)
    socket.unlink(missing_ok=True)
    with (folder / "state.log").open("ab") as log:
        running = subprocess.Popen(
            command(folder, *arguments), stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "error"}
        )
    try:
        deadline = time.monotonic() + START_S
        while not socket.exists():
            assert running.poll() is None, (folder / "state.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Returns as soon as it holds; what it looks at has no event to wait for."""
    async with asyncio.timeout(5.0):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.005)


def command(folder: Path, *arguments: object) -> list[str]:
    program = [sys.executable, "-m", "extproc.state.main", "--config", folder / "config.yaml"]
    return [*map(str, (*program, "--socket", folder / "state.sock", *arguments))]
