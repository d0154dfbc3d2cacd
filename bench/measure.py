"""One slice after another, the setups in turn, and the median of each cell.

A cell is a setup under a workload. Rounds go over all workloads and setups, so that a machine that slows down
meanwhile slows all of them down; the medians are over rounds.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import Slice, Task
from bench.setups import Setup
from extproc.testing.processes import CLOCK_TICKS_PER_S, descendants, stat


@dataclass(frozen=True, slots=True)
class Workload:
    """What the clients do."""

    name: str
    body_bytes: int
    concurrency: int
    stream: bool = False


WORKLOADS = (
    Workload("2 KB, 1 at a time", 2_000, 1),
    Workload("2 KB, 32 at a time", 2_000, 32),
    Workload("40 KB, 1 at a time", 40_000, 1),
    Workload("40 KB, 32 at a time", 40_000, 32),
    Workload("SSE of 50 events, 8 at a time", 2_000, 8, stream=True),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One slice with what the processes spent in it."""

    load: Slice
    envoy_us: float
    """CPU of Envoy a request."""
    python_us: float
    """CPU of all processes of plano-extproc a request."""
    foreign_cores: float
    """CPU that others than the benchmark's processes used, in cores."""
    messages: float
    """Messages that Envoy sent to ext_proc, a request."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The samples of one setup under one workload."""

    setup: str
    workload: Workload
    samples: tuple[Sample, ...]

    def median(self, value: Callable[[Sample], float]) -> float:
        """Over the rounds."""
        return statistics.median(map(value, self.samples))


class MeasurementError(RuntimeError):
    """A request failed: the numbers would mean nothing."""


def cells(
    setups: Sequence[Setup], workloads: Sequence[Workload], rounds: int, seconds: float
) -> Iterator[Cell]:
    """Measure everything; raises `MeasurementError`."""
    samples: dict[tuple[str, str], list[Sample]] = {}
    for _ in range(rounds):
        for workload in workloads:
            for setup in setups:
                sample = measure(setup, workload, seconds)
                samples.setdefault((setup.name, workload.name), []).append(sample)
    for workload in workloads:
        for setup in setups:
            yield Cell(setup.name, workload, tuple(samples[setup.name, workload.name]))


def measure(setup: Setup, workload: Workload, seconds: float) -> Sample:
    """One slice."""
    task = Task(
        port=setup.port,
        model=setup.model,
        body_bytes=workload.body_bytes,
        concurrency=workload.concurrency,
        seconds=seconds,
        stream=workload.stream,
    )
    before = _Counters.read(setup)
    load = _run(task)
    spent = _Counters.read(setup) - before
    if load.errors or not load.requests:
        raise MeasurementError(
            f"{setup.name}, {workload.name}: {load.errors} errors, {load.requests} requests"
        )
    # The counters also saw the warm-up and the end; those requests are in Envoy's own count.
    return Sample(
        load=load,
        envoy_us=1e6 * spent.envoy_s / spent.requests,
        python_us=1e6 * spent.python_s / spent.requests,
        foreign_cores=max(0.0, spent.busy_s - spent.ours_s) / spent.wall_s,
        messages=spent.messages / spent.requests,
    )


def _run(task: Task) -> Slice:
    command = [sys.executable, "-m", "bench.load", json.dumps(asdict(task))]
    finished = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=task.seconds + 60)
    return Slice(**json.loads(finished.stdout))


@dataclass(frozen=True, slots=True)
class _Counters:
    wall_s: float
    busy_s: float
    """CPU time of the whole machine that was not idle."""
    ours_s: float
    envoy_s: float
    python_s: float
    requests: int
    messages: int

    @classmethod
    def read(cls, setup: Setup) -> "_Counters":
        stats = setup.admin.stats("downstream_rq_completed|stream_msgs_sent")
        envoy, python = cpu_s(setup.envoy_pid), sum(map(cpu_s, setup.python_pids))
        wall, busy = _machine_s()
        return cls(
            wall_s=wall,
            busy_s=busy,
            ours_s=_own_s(),
            envoy_s=envoy,
            python_s=python,
            requests=_sum(stats, "downstream_rq_completed"),
            messages=_sum(stats, "stream_msgs_sent"),
        )

    def __sub__(self, earlier: "_Counters") -> "_Counters":
        return _Counters(
            self.wall_s - earlier.wall_s,
            self.busy_s - earlier.busy_s,
            self.ours_s - earlier.ours_s,
            self.envoy_s - earlier.envoy_s,
            self.python_s - earlier.python_s,
            self.requests - earlier.requests,
            self.messages - earlier.messages,
        )


def _sum(stats: dict[str, int], suffix: str) -> int:
    """Over the connection managers, the admin interface's left out; listeners count the same once more."""
    return sum(
        value
        for name, value in stats.items()
        if name.startswith("http.") and not name.startswith("http.admin.") and name.endswith(suffix)
    )


def cpu_s(pid: int) -> float:
    """CPU time of a process so far; 0 when it is gone."""
    found = stat(pid)
    return found.cpu_s if found else 0.0


def _own_s() -> float:
    """This process, its living descendants, and the load generators that have ended."""
    times = os.times()
    return sum(times[:4]) + sum(map(cpu_s, descendants(os.getpid())))


def _machine_s() -> tuple[float, float]:
    """Wall clock, and busy CPU time of all cores: user, nice, system, irq, softirq (proc_stat(5))."""
    fields = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return time.monotonic(), (sum(fields[:3]) + sum(fields[5:7])) / CLOCK_TICKS_PER_S
