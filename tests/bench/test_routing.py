"""The benchmark of routing works, and the router is as right as it was."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bench.routing.accuracy import Result, result
from bench.routing.dataset import OWN, read
from extproc.embedding.encoder import Encoder
from extproc.routers.candidate import Turn
from extproc.routers.embedded import EmbeddedRouter

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results() -> dict[int, Result]:
    async def ask() -> dict[int, Result]:
        encoder = Encoder()
        router = EmbeddedRouter(encoder, deadline_s=20)
        try:
            return {count: await result(router, read(OWN), count) for count in (0, 5, 15)}
        finally:
            encoder.close()

    return asyncio.run(ask())


@pytest.mark.parametrize(("examples", "least"), [(0, 0.79), (5, 0.82), (15, 0.89)])
def test_the_right_agent_is_found(examples: int, least: float, results: dict[int, Result]) -> None:
    """Two questions fewer than when it was written are allowed, for other processors' arithmetic."""
    assert results[examples].best >= least


def test_what_it_is_sure_of_is_right(results: dict[int, Result]) -> None:
    """Nine of ten at least, of more than half of the questions; it is unsure of what is meant for nobody."""
    for found in results.values():
        assert found.right_where_sure >= 0.89
        assert found.sure >= 0.55
        assert found.unsure_for_nobody >= 0.85


def test_several_tasks_and_follow_ups(results: dict[int, Result]) -> None:
    """Three of four."""
    for found in results.values():
        for right, asked in (found.compound, found.conversations):
            assert right >= 0.75 * asked


def test_a_quick_run_fills_the_page(tmp_path: Path) -> None:
    page = tmp_path / "routing.md"
    command = [sys.executable, "-m", "bench.routing", "--quick", "--output", str(page)]
    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    assert "# The embedded router, measured" in text
    assert "## Time and memory" in text
    assert "\n| 128 | " in text


def test_another_folder_is_read(tmp_path: Path) -> None:
    """One file of agents, one of questions; the fields of either kind."""
    (tmp_path / "my-agents.yaml").write_text("agents: [{id: a, description: Does a., examples: [x, y]}]")
    (tmp_path / "my-questions.jsonl").write_text(
        '{"text": "one", "agent": "a"}\n{"text": "two", "agent": null}\n'
        '{"turns": [["user", "three"], ["assistant", "no"], ["user", "four"]], "agents": ["a"]}\n'
    )

    data = read(tmp_path)

    assert ("x",) == data.candidates(1)[0].examples
    assert [("one", ("a",)), ("two", ()), ("four", ("a",))] == [(q.text, q.agents) for q in data.questions]
    assert Turn("assistant", "no") == data.questions[2].turns[1]
    assert () == data.compound
