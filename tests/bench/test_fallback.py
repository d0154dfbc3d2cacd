"""The benchmark of fallback works and keeps to its part of the page; its numbers are not judged here."""

import subprocess
import sys
from pathlib import Path

from bench.fallback import ANSWERED, IDLE, REFUSED, WITHOUT, WORKLOADS
from bench.page import put

ROOT = Path(__file__).parents[2]


def test_a_quick_run_fills_the_table_and_leaves_the_other_parts(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    put(page, "gateway", "# Benchmarks\n\nas they were")
    command = [sys.executable, "-m", "bench.fallback", "--quick", "--output", str(page)]
    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    assert "# Benchmarks\n\nas they were\n" in text
    for name in (WITHOUT, IDLE, ANSWERED, REFUSED):
        assert 1 == text.count(f"| {WORKLOADS[0].name} | {name} |")
