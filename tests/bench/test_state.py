"""The benchmark of the state service works and keeps to its place; its numbers are not judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.page import put_within

ROOT = Path(__file__).parents[2]


def test_a_quick_run_fills_its_place_and_leaves_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "state.md"
    page.write_text("# State\n\n<!-- begin: state -->\nof another day\n<!-- end: state -->\n\nby hand\n")
    command = [sys.executable, "-m", "bench.state", "--quick", "--output", str(page)]

    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    assert text.startswith("# State\n\n<!-- begin: state -->\n\n`python -m bench.state`")
    assert text.endswith("<!-- end: state -->\n\nby hand\n")
    assert [1, 1, 0] == [text.count(word) for word in ("| memory | put |", "| SQLite | put |", "another day")]


def test_a_page_without_a_place_is_not_written_to(tmp_path: Path) -> None:
    page = tmp_path / "state.md"
    page.write_text("by hand")

    with pytest.raises(ValueError, match="has no place for state"):
        put_within(page, "state", "text")
    assert "by hand" == page.read_text()
