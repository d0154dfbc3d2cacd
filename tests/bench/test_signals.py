"""The benchmark of signals works and keeps to its part of the page; the goals are tested elsewhere."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_fills_its_part_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "signals.md"
    page.write_text("head\n<!-- begin: measured -->\nold\n<!-- end: measured -->\ntail\n")
    command = [sys.executable, "-m", "bench.signals", "--rounds", "1", "--output", str(page)]

    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert 0 == finished.returncode, finished.stderr
    text = page.read_text()
    assert text.startswith("head\n<!-- begin: measured -->\n\n## Summary")
    assert text.endswith("<!-- end: measured -->\ntail\n")
    assert "| negative_stance |" in text
