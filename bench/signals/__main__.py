"""``python -m bench.signals``: measure the detectors on both halves, print the tables, write the page."""

import argparse
import re
from pathlib import Path
from typing import Final

from bench import report
from bench.signals.labelled import HALVES, conversations
from bench.signals.quality import judge
from bench.signals.speed import speed
from bench.signals.tables import sheets

PAGE: Final = Path(__file__).parents[2] / "docs" / "signals.md"

_PART: Final = re.compile(r"(<!-- begin: measured -->\n).*?(\n<!-- end: measured -->)", re.DOTALL)


def main() -> None:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.signals", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each turn is timed (5)")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page whose tables are written")
    options = parser.parse_args()
    halves = {half: conversations(half) for half in HALVES}
    judged = {half: judge(found) for half, found in halves.items()}
    spent = speed([one for found in halves.values() for one in found], options.rounds)
    tables = sheets(judged, spent)
    report.show(tables)
    if options.output.exists():
        put(options.output, tables)
        print(f"written to {options.output}")


def put(page: Path, tables: tuple[report.Sheet, ...]) -> None:
    """Write the tables between the page's two comments."""
    text = "\n" + "\n".join([*(report.section(table) for table in tables), report.machine()])
    old = page.read_text(encoding="utf-8")
    page.write_text(_PART.sub(lambda part: f"{part[1]}{text}\n{part[2]}", old), encoding="utf-8")


if __name__ == "__main__":
    main()
