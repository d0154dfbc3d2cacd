"""The benchmark works; what it measures is not judged here."""

import subprocess
import sys
from pathlib import Path

from bench.measure import WORKLOADS
from bench.setups import GATEWAY

ROOT = Path(__file__).parents[2]


def test_a_quick_run_fills_every_table(tmp_path):
    page = tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "bench", "--quick", "--output", str(page)]
    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    for workload in WORKLOADS:
        assert 2 == text.count(f"| {workload.name} | {GATEWAY} |")
