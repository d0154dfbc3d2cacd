"""``python -m bench.fallback``: what it costs to have a second target, and what to need it.

One gateway; only the model that is asked for differs, so that everything else is the same.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench import page, report
from bench.measure import Cell, Sample, Workload, cells
from bench.setups import Setup, provider
from bench.upstream import MODEL
from extproc.testing.gateway import Gateway
from extproc.testing.ports import PortClaim

WITHOUT, IDLE = "no retry_policy", "retry_policy, not needed"
ANSWERED, REFUSED = "first target answers 400", "first target refuses"

_CONFIG: Final = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/{model}, base_url: "http://127.0.0.1:{port}", access_key: $BENCH_KEY}}
  - model: mistral/{model}
    base_url: http://127.0.0.1:{port}
    http_host: another.bench
    access_key: $BENCH_KEY
    retry_policy: {{fallback_models: [openai/{model}]}}
  - model: groq/another-model
    base_url: http://127.0.0.1:{port}
    http_host: third.bench
    access_key: $BENCH_KEY
    retry_policy: {{fallback_models: [openai/{model}], on_status_codes: [400]}}
  - model: deepseek/{model}
    base_url: http://127.0.0.1:{closed}
    access_key: $BENCH_KEY
    retry_policy: {{fallback_models: [openai/{model}]}}
"""

_ASKED: Final = {
    WITHOUT: f"openai/{MODEL}",
    IDLE: f"mistral/{MODEL}",
    ANSWERED: "groq/another-model",
    REFUSED: f"deepseek/{MODEL}",
}
WORKLOADS: Final = (
    Workload("2 KB, 1 at a time", 2_000, 1),
    Workload("2 KB, 32 at a time", 2_000, 32),
)


@contextmanager
def setups() -> Iterator[tuple[Setup, ...]]:
    """The four of them are one process each of Envoy and plano-extproc."""
    closed = PortClaim()
    try:
        with provider() as port:
            config = _CONFIG.format(model=MODEL, port=port, closed=closed.port)
            with Gateway(config, {"BENCH_KEY": "sk-bench"}) as gateway:
                assert gateway.envoy is not None
                assert gateway.extproc is not None
                envoy, python = gateway.envoy.pid, tuple({gateway.extproc.pid, *gateway.worker_pids})
                yield tuple(
                    Setup(name, gateway.port, model, envoy, python, gateway.admin)
                    for name, model in _ASKED.items()
                )
    finally:
        closed.release()


def sheet(measured: Sequence[Cell]) -> report.Sheet:
    """The table: numbers, and the ratio to the setup without a policy."""
    without = {cell.workload.name: cell for cell in measured if cell.setup == WITHOUT}
    rows = []
    for cell in measured:
        ratio = cell.median(report.per_second) / without[cell.workload.name].median(report.per_second)
        extra_ms = (cell.median(report.p50) - without[cell.workload.name].median(report.p50)) / 1000
        numbers = (f"{cell.median(report.per_second):.0f}", f"{ratio:.2f}", f"{extra_ms:.2f}")
        cpu = (f"{cell.median(_envoy):.0f}", f"{cell.median(_python):.0f}")
        rows.append((cell.workload.name, cell.setup, *numbers, *cpu))
    return report.Sheet(
        "Fallback",
        "Ratio: of requests/s. Added: to the median time of a request, in ms. CPU in µs a request.",
        ("workload", "request", "requests/s", "ratio", "added", "Envoy µs", "Python µs"),
        tuple(rows),
    )


def _envoy(sample: Sample) -> float:
    return sample.envoy_us


def _python(sample: Sample) -> float:
    return sample.python_us


def markdown(table: report.Sheet, foreign: float) -> str:
    """The part of the page."""
    return f"""\
# Fallback

Written by `python -m bench.fallback`, a part of `make bench`. One gateway, asked for four models whose
provider is the same program: one without a `retry_policy`; one whose policy is not needed; one whose first
target answers with a status of the list; and one whose first target refuses the connection. The second target
speaks the client's API.

{report.section(table)}
{report.machine()} Others used at most {foreign:.2f} cores meanwhile (worst median over the cells)."""


def main() -> None:
    """Measure, print, write the part of the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.fallback", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each cell is measured (7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice (1)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work at all?")
    parser.add_argument("--output", type=Path, default=page.PAGE, help="the page (docs/benchmarks.md)")
    options = parser.parse_args()
    rounds, seconds = (1, 0.2) if options.quick else (options.rounds, options.seconds)
    workloads = WORKLOADS[:1] if options.quick else WORKLOADS
    with setups() as running:
        measured = list(cells(running, workloads, rounds, seconds))
    table = sheet(measured)
    report.show((table,))
    page.put(options.output, "fallback", markdown(table, report.foreign_cores(measured)))
    print(f"written to {options.output}")


if __name__ == "__main__":
    main()
