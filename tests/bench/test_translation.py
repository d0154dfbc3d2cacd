"""The benchmark of translation works and keeps to its part of the page; its numbers are not judged here."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.conversations import BODY_BYTES, body, dense, stream, typical
from bench.page import put
from bench.translation import PAIRS
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.llm.events import Finished

ROOT = Path(__file__).parents[2]


def test_a_quick_run_fills_the_table_and_leaves_the_other_part(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    put(page, "gateway", "# Benchmarks\n\nas they were")
    command = [sys.executable, "-m", "bench.translation", "--quick", "--output", str(page)]
    finished = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)

    assert finished.returncode == 0, finished.stderr
    text = page.read_text()
    assert "# Benchmarks\n\nas they were\n" in text
    for client, upstream in PAIRS:
        assert 1 == text.count(f"| {client} | {upstream} |")


def test_a_part_is_replaced_and_the_order_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    put(page, "translation", "b")
    put(page, "gateway", "a")
    put(page, "translation", "c")

    expected = (
        "<!-- begin: gateway -->\n\na\n\n<!-- end: gateway -->\n\n"
        "<!-- begin: translation -->\n\nc\n\n<!-- end: translation -->\n"
    )
    assert expected == page.read_text()


def test_a_page_from_before_there_were_parts_is_kept_as_the_gateways(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n")
    put(page, "translation", "c")

    assert page.read_text().startswith("<!-- begin: gateway -->\n\n# Benchmarks\n")


@pytest.mark.parametrize("chat", [typical(), dense()], ids=["typical", "dense"])
@pytest.mark.parametrize("api", CLIENT_DIALECTS)
def test_a_request_is_of_the_size_that_is_promised(api: Api, chat: dict[str, object]) -> None:
    raw = body(chat, api)

    assert 0.9 * BODY_BYTES < len(raw) < 1.1 * BODY_BYTES
    assert CLIENT_DIALECTS[api].read_request(msgspec.json.decode(raw)).tools


@pytest.mark.parametrize("api", UPSTREAM_DIALECTS)
def test_a_stream_is_whole(api: Api) -> None:
    decoder = UPSTREAM_DIALECTS[api].stream_decoder()
    events = [event for piece in stream(api) for event in decoder.feed(piece)] + decoder.close()

    assert isinstance(events[-1], Finished)
