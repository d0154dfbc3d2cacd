"""The tables: on the screen, and in `docs/benchmarks.md`."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Cell, Sample
from bench.setups import GATEWAY, PLAIN

SCREEN_COLUMNS = 110
"""What the widest table needs; a narrower terminal wraps."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a title, a sentence on how to read it, column heads, rows of text."""

    title: str
    reading: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """How the numbers were made."""

    command: str
    rounds: int
    seconds: float
    workers: int
    took_s: float


Value = Callable[[Sample], float]


def per_second(sample: Sample) -> float:
    """Whole answers a second."""
    return sample.load.per_second


def p50(sample: Sample) -> float:
    """Of the time of a whole answer."""
    return sample.load.p50_us


def p99(sample: Sample) -> float:
    """Of the time of a whole answer."""
    return sample.load.p99_us


def first_event(sample: Sample) -> float:
    """Median time to the first event."""
    return sample.load.first_event_us


def delay(sample: Sample) -> float:
    """Median delay of an event."""
    return sample.load.event_delay_us


def delay_p99(sample: Sample) -> float:
    """Of the delay of an event."""
    return sample.load.event_delay_p99_us


def cpu(sample: Sample) -> float:
    """Envoy and Python together."""
    return sample.envoy_us + sample.python_us


def sheets(cells: Sequence[Cell]) -> tuple[Sheet, ...]:
    """All tables, ratios first."""
    plain = {cell.workload.name: cell for cell in cells if cell.setup == PLAIN}
    whole = [cell for cell in cells if not cell.workload.stream]
    streams = [cell for cell in cells if cell.workload.stream]

    def ratios(among: Sequence[Cell], *values: Value) -> tuple[tuple[str, ...], ...]:
        others = [cell for cell in among if cell.setup != PLAIN]
        return tuple(_ratios(cell, plain[cell.workload.name], values) for cell in others)

    requests = ("requests/s", "p50", "p99")
    events = ("first event", "delay p50", "delay p99")
    spent = ("Envoy µs", "Python µs", "messages")
    first = ("workload", "setup")
    return (
        Sheet(
            "Requests, as ratios to plain Envoy",
            "Requests/s: higher is better. Time and CPU: lower is better.",
            (*first, *requests, "CPU"),
            ratios(whole, per_second, p50, p99, cpu),
        ),
        Sheet(
            "Streams, as ratios to plain Envoy",
            "First event: from sending the request. Delay: from the provider's sending to the arrival.",
            (*first, *events, "CPU"),
            ratios(streams, first_event, delay, delay_p99, cpu),
        ),
        Sheet(
            "Requests",
            "Times and CPU in µs a request. Python: all of plano-extproc. Messages: sent to ext_proc; "
            "above 2 where so quick an answer overtook the end of the exchange.",
            (*first, *requests, *spent),
            tuple(_row(cell, (per_second, p50, p99)) for cell in whole),
        ),
        Sheet(
            "Streams",
            "Times and CPU in µs a whole answer. Messages: sent to ext_proc for a whole answer of 50 events.",
            (*first, *events, *spent),
            tuple(_row(cell, (first_event, delay, delay_p99)) for cell in streams),
        ),
    )


def _ratios(cell: Cell, plain: Cell, values: Sequence[Value]) -> tuple[str, ...]:
    ratios = (f"{cell.median(value) / plain.median(value):.2f}" for value in values)
    return (cell.workload.name, cell.setup, *ratios)


def _row(cell: Cell, values: Sequence[Value]) -> tuple[str, ...]:
    medians = (f"{cell.median(value):.0f}" for value in values)
    return (cell.workload.name, cell.setup, *medians, *_costs(cell))


def _costs(cell: Cell) -> tuple[str, str, str]:
    return (
        f"{cell.median(lambda sample: sample.envoy_us):.0f}",
        f"{cell.median(lambda sample: sample.python_us):.0f}",
        f"{cell.median(lambda sample: sample.messages):.2f}",
    )


def foreign_cores(cells: Sequence[Cell]) -> float:
    """Worst median over the cells of the CPU that others used meanwhile."""

    def foreign(sample: Sample) -> float:
        return sample.foreign_cores

    return max(cell.median(foreign) for cell in cells)


def show(tables: Sequence[Sheet]) -> None:
    """Print them."""
    console = Console()
    console.width = max(console.width, SCREEN_COLUMNS)
    for sheet in tables:
        table = Table(title=sheet.title, caption=sheet.reading)
        for number, name in enumerate(sheet.head):
            table.add_column(name, justify="left" if number < 2 else "right")
        for row in sheet.rows:
            table.add_row(*row, end_section=row[1] == GATEWAY)
        console.print(table)


def markdown(tables: Sequence[Sheet], cells: Sequence[Cell], run: Run) -> str:
    """The page, whole."""
    return "\n".join([_HEAD, _circumstances(cells, run), *map(section, tables), _CAVEATS])


def section(sheet: Sheet) -> str:
    """A table with its title, as Markdown."""
    lines = [f"## {sheet.title}", "", sheet.reading, "", _line(sheet.head)]
    lines += [_line(("---", "---", *("---:" for _ in sheet.head[2:]))), *map(_line, sheet.rows), ""]
    return "\n".join(lines)


def _line(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


def _circumstances(cells: Sequence[Cell], run: Run) -> str:
    rows = (
        ("command", f"`{run.command}`"),
        ("made", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {run.took_s:.0f} s"),
        ("machine", f"{_processor()}, {_cores()} cores, {platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("slices", f"{run.rounds} rounds of {run.seconds:g} s, after 0.2 s of warm-up each"),
        ("workers", f"Envoy 1 thread, plano-extproc {run.workers} process(es)"),
        ("foreign load", f"at most {foreign_cores(cells):.2f} cores (worst median over the cells)"),
    )
    return "\n".join(["## Circumstances", "", _line(("", "")), _line(("---", "---")), *map(_line, rows), ""])


def machine() -> str:
    """When and where, in a sentence."""
    system = f"{platform.system()} {platform.release()}"
    where = f"{_processor()}, {_cores()} cores, {system}, Python {platform.python_version()}"
    return f"Made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {where}."


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text().count("processor\t")


_HEAD = """\
# Benchmarks

What the gateway costs, against plain Envoy. This page is written by `make bench`; run it on your
own machine, since only the ratios carry over, and those not far.

Four Envoys stand before the same provider, all running at once, and get the same load in turn:

- **plain Envoy**: one listener, one route, one cluster, nothing else.
- **without ext_proc**: the gateway's Envoy, that is the bootstrap that we render with its key
  injection, header cleaning, access log and limits, but a fixed route instead of a decision.
- **gateway**: the product. The client asks for an alias; the body is parsed, the model's name
  replaced, the provider chosen. The provider answers with an error if the name did not arrive, and
  one error fails the run.
- **gateway, grpc.aio**: the same with `--transport grpc`, the reference implementation of gRPC in
  the place of our own lean transport.

The client keeps a fixed number of requests in flight over kept HTTP/1.1 connections on loopback (a
closed loop); client and provider are lean programs in processes of their own. CPU time is that of
`/proc/<pid>/stat`, divided by the requests that Envoy counted. Each number is the median over
rounds, and the rounds are interleaved.
"""

_CAVEATS = """\
## What these numbers are not

- Client, Envoy, extproc and provider share the machine's cores, so requests/s is what the whole
  set-up reaches here, not what Envoy or extproc could on cores of their own. CPU a request is the
  figure to size by.
- One request at a time measures mostly how fast the kernel hands over between sleeping processes;
  on a virtual machine that varies by a factor of two from run to run. At 32 in flight the numbers
  are steadier.
- The provider answers at once. A real one takes seconds, beside which the added time is small.
- The p99 of a short slice is a handful of requests: a warning light, not a measurement.
- Differences below about 10 % are noise.
"""
