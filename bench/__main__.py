"""``python -m bench``: measure, print the tables, write the gateway's part of `docs/benchmarks.md`."""

import argparse
import shlex
import sys
import time
from pathlib import Path

from bench import measure, page, report
from bench.setups import setups


def main() -> None:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each cell is measured (5)")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a slice (1.5)")
    parser.add_argument("--workers", type=int, default=1, help="processes of plano-extproc (1)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it work at all?")
    parser.add_argument(
        "--output", type=Path, default=page.PAGE, help="the page to write (docs/benchmarks.md)"
    )
    options = parser.parse_args()
    rounds, seconds = (1, 0.4) if options.quick else (options.rounds, options.seconds)
    begin = time.monotonic()
    with setups(options.workers) as running:
        cells = list(measure.cells(running, measure.WORKLOADS, rounds, seconds))
    took = time.monotonic() - begin
    tables = report.sheets(cells)
    report.show(tables)
    command = shlex.join(["python", "-m", "bench", *sys.argv[1:]])
    run = report.Run(command, rounds, seconds, options.workers, took)
    page.put(options.output, "gateway", report.markdown(tables, cells, run))
    print(f"written to {options.output}")


if __name__ == "__main__":
    main()
