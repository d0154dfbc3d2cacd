"""``python -m bench.stores``: what a call costs in each back end of the state service, in its process.

One call after another, of an entry as long as a binding of a conversation. The servers are those of the
tests, on this machine: a network adds its round trip. PostgreSQL waits for the disk, as it does by itself.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import uvloop

from bench import page
from extproc.state.rooms import Room
from extproc.state.store import Store
from extproc.state.stores.memory import MemoryStore
from extproc.state.stores.postgres import open_postgres
from extproc.state.stores.redis import open_redis
from extproc.state.stores.sqlite import open_sqlite
from tests.state.stores import servers

PAGE: Final = Path(__file__).parent.parent / "docs" / "state-stores.md"

ENTRIES: Final = 2_000
VALUE: Final = b"x" * 600
ROOMS: Final = {"session": Room(ENTRIES + 500)}
"""Full before long: writes make room, as they do most of the time."""


class Cost(NamedTuple):
    """Microseconds of a call."""

    p50_us: float
    p99_us: float


async def _memory(_: Path) -> Store:
    return MemoryStore(ROOMS)


async def _sqlite(folder: Path) -> Store:
    return await open_sqlite(folder / "state.db", ROOMS)


async def _valkey(_: Path) -> Store:
    return await open_redis(servers.valkey().url, ROOMS)


async def _postgres(_: Path) -> Store:
    return await open_postgres(servers.postgres(fsync="on").url, ROOMS)


STORES: Final[Mapping[str, Callable[[Path], Awaitable[Store]]]] = {
    "memory": _memory,
    "SQLite": _sqlite,
    "Valkey": _valkey,
    "PostgreSQL": _postgres,
}


async def measured(opening: Callable[[Path], Awaitable[Store]], calls: int) -> dict[str, Cost]:
    """By kind of call."""
    with tempfile.TemporaryDirectory(prefix="plano-") as name:
        store = await opening(Path(name))
        for number in range(ENTRIES):
            await store.put("session", "", str(number), VALUE, 600.0)
        kinds: dict[str, Callable[[int], Awaitable[object]]] = {
            "get": lambda number: store.get("session", "", str(number % ENTRIES)),
            "put": lambda number: store.put("session", "", str(number % ENTRIES), VALUE, 600.0),
            "add": lambda number: store.add("session", "", f"new {number}", VALUE, 600.0),
        }
        found = {kind: await _cost(call, calls) for kind, call in kinds.items()}
        await store.close()
    return found


async def _cost(call: Callable[[int], Awaitable[object]], calls: int) -> Cost:
    took = []
    for number in range(calls):
        begin = time.perf_counter()
        await call(number)
        took.append((time.perf_counter() - begin) * 1e6)
    return Cost(median(took), sorted(took)[int(calls * 0.99)])


def markdown(found: Mapping[str, Mapping[str, Cost]]) -> str:
    """The part of the page: medians, and how many times as long as in SQLite."""
    kinds = list(found["memory"])
    lines = [
        f"`python -m bench.stores`, {platform.machine()}, Python {platform.python_version()}.",
        "Microseconds: p50 and p99; behind them, the p50 in units of SQLite's.",
        "",
        f"| store | {' | '.join(kinds)} |",
        f"| --- |{' ---: |' * len(kinds)}",
    ]
    for name, costs in found.items():
        cells = [
            f"{cost.p50_us:.0f}, {cost.p99_us:.0f}: {cost.p50_us / found['SQLite'][kind].p50_us:.2g}"
            for kind, cost in costs.items()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.stores", description=__doc__)
    parser.add_argument("--calls", type=int, default=3000, help="calls of each kind (3000)")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write into")
    options = parser.parse_args()
    try:
        found = {name: uvloop.run(measured(opening, options.calls)) for name, opening in STORES.items()}
    finally:
        servers.end_all()
    text = markdown(found)
    print(text)
    page.put_within(options.output, "stores", text)


if __name__ == "__main__":
    sys.exit(main())
