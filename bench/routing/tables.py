"""The results, as the parts of `docs/routing-benchmark.md` and on the screen."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.routing.accuracy import Result
from bench.routing.timing import Footprint, Time

INTRODUCTION: Final = """# The embedded router, measured

How often it finds the right one of ten agents by their descriptions alone, or with five or fifteen examples
each, and how long that takes. This page is written by `make bench-routing`; what was tried on the way is in
[a decision](adr/0009-phrases-not-descriptions.md). The own set is in `bench/routing/data`. Another one is
given with `--data`: that of the second part, CLINC150 (Larson et al., 2019, CC-BY-3.0), is not in this
repository. Both sets were in view while the router was made,
so both are development data, and the halves show no more than how much chance there is in a figure.

- **best**: the best score is the right agent's. In brackets the same for every other question and for the
  rest.
- **exact**: the choice is exactly the right agent; "nobody" and "several" count as wrong.
- **sure**: how often the router is sure, so that nobody else is asked; and how often it is right then.
- **meant for nobody**: what is chosen for questions that no agent is there for: nobody, or somebody unsurely
  (in a cascade, the router model is then asked)."""


def accuracy(title: str, results: Sequence[Result]) -> str:
    """A part of the page."""
    head = (
        *("examples", "best", "exact", "sure", "right where sure"),
        *("nobody: none", "nobody: none or unsure", "several tasks", "conversations"),
    )
    rows = [
        (
            str(r.examples),
            f"{r.best:.3f} ({r.halves[0]:.3f}, {r.halves[1]:.3f})",
            f"{r.chosen:.3f}",
            f"{r.sure:.2f}",
            f"{r.right_where_sure:.3f}",
            _rate(r.none_for_nobody),
            _rate(r.unsure_for_nobody),
            _of(r.compound),
            _of(r.conversations),
        )
        for r in results
    ]
    confusions = [
        f"- {r.examples} examples: "
        + ", ".join(f"{right} → {best} {times}x" for right, best, times in r.confusions)
        for r in results
    ]
    return "\n".join(
        [f"## {title}", "", _table(head, rows), "", "Most frequent confusions:", "", *confusions]
    )


def speed(times: Sequence[Time], foot: Footprint) -> str:
    """A part of the page."""
    head = ("tokens", "p50 ms", "p95 ms", "quietest ms", "the wheel's own model, quietest ms", "ours to it")
    rows = [(str(t.tokens), f"{t.p50:.2f}", f"{t.p95:.2f}", f"{t.quiet:.2f}", *_ratio(t)) for t in times]
    lines = [
        "## Time and memory",
        "",
        "A whole choice: tokens, vector, comparison with the prototypes of ten agents, and two changes of",
        "thread. No text comes twice, so that nothing is remembered. Beside it, in turn, the model as the",
        "wheel has it, which computes with floats. One core does all of it. The quietest is the median of",
        "the least disturbed twenty calls: other programs ran meanwhile.",
        "",
        _table(head, rows),
        "",
        f"The model is ready after {foot.start_s:.2f} s, imports included, for {foot.start_mb:.0f} MB of",
        f"memory; the prototypes of ten agents with five examples each take another {foot.warm_s:.2f} s.",
        f"The whole process then has {foot.process_mb:.0f} MB.",
        "",
        f"Made {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {_processor()}.",
    ]
    return "\n".join(lines)


def _ratio(measured: Time) -> tuple[str, str]:
    if measured.plain_quiet is None:
        return "", ""
    return f"{measured.plain_quiet:.2f}", f"{measured.quiet / measured.plain_quiet:.2f}"


def _rate(share: float) -> str:
    return "" if share != share else f"{share:.2f}"  # noqa: PLR0124  # NaN: nothing was asked


def _of(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}" if counts[1] else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()
