"""Access log lines as people read them."""

import json
from typing import Any

import pytest

from extproc.bootstrap.access_log import FIELDS
from extproc.ctl.access_line import AccessLine, duration, parse, readable, size

ANSWERED = {
    "time": "2026-11-25T14:52:03.120Z",
    "status": 200,
    "duration_ms": 812,
    "method": "POST",
    "path": "/v1/chat/completions",
    "provider": "openai/gpt-4o",
    "model": "gpt-4o",
    "attempts": 1,
    "response_bytes": 1234,
    "flags": "-",
}


def line(**changes: Any) -> AccessLine:
    """A line that differs from `ANSWERED`."""
    parsed = parse(json.dumps(ANSWERED | changes))
    assert parsed is not None
    return parsed


def test_every_field_is_one_that_envoy_is_told_to_write() -> None:
    assert set() == set(AccessLine.__struct_fields__) - set(FIELDS) - {"listener"}


def test_an_answered_request_says_where_it_went() -> None:
    text = readable(line()).plain

    assert " 200   812 ms  POST /v1/chat/completions → openai/gpt-4o  " in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"attempts": 2}, "2 attempts"),
        ({"provider": "mine"}, "→ gpt-4o at mine"),
        ({"status": 404, "reply": "model_not_found", "model": None, "provider": None}, "model_not_found"),
        ({"status": 503, "flags": "UF", "upstream_failure": "refused"}, "UF refused"),
        ({"details": "ext_proc_error_gRPC_error_13{…}"}, "broken off"),
        ({"status": 503, "flags": "UH", "details": "no_healthy_upstream"}, "UH no_healthy_upstream"),
    ],
)
def test_what_is_not_as_usual_stands_in_the_line(changes: dict[str, Any], expected: str) -> None:
    assert expected in readable(line(**changes)).plain


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ("agent_weather_agent", "the agent weather_agent"),
        ("openai_api.openai.com_443", "openai"),
        ("azure_openai_mine.azure.com_443_12345678", "azure_openai"),
        ("local_127.0.0.1_8000", "local"),
        ("else", "else"),
        (None, "nobody"),
    ],
)
def test_what_the_gateway_asks_itself_says_whom(cluster: str | None, expected: str) -> None:
    """An agent in the middle of a chain, a router model: no decision of a request is told there."""
    nothing = {"provider": None, "model": None, "listener": "outbound"}

    text = readable(line(cluster=cluster, **nothing))

    assert text.plain.endswith(f" 200   812 ms    the gateway asks {expected}  1.2 kB")


def test_a_failure_of_whom_the_gateway_asked_is_told() -> None:
    failed = line(cluster="agent_a", listener="outbound", provider=None, status=503, reply="unreachable")

    assert "the gateway asks the agent a  unreachable" in readable(failed).plain


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"agent": "weather"}, "→ weather  "), ({"agent": "b", "agents": "a, b"}, "→ a, b  ")],
)
def test_a_request_of_agents_says_who_answered(changes: dict[str, Any], expected: str) -> None:
    assert expected in readable(line(provider=None, model=None, **changes)).plain


def test_an_answered_request_says_where_its_time_went() -> None:
    text = readable(line(extproc_headers_us=1200, extproc_body_us=600, first_byte_ms=135)).plain

    assert text.endswith("  ext_proc 1.8 ms, first byte 135 ms, 1.2 kB")


@pytest.mark.parametrize("text", ["", "[2026-11-25 14:52:03.120][1][info] text", "{}", '{"time": 3}', "[]"])
def test_any_other_line_is_none(text: str) -> None:
    assert parse(text) is None


def test_a_field_we_do_not_know_is_no_obstacle() -> None:
    assert parse(json.dumps(ANSWERED | {"new": [1]})) is not None


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(None, "-"), (0.42, "0.4 ms"), (9.9, "9.9 ms"), (812, "812 ms"), (12_345, "12.3 s")],
)
def test_durations(ms: float | None, expected: str) -> None:
    assert expected == duration(ms)


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (3_400_000, "3.4 MB")]
)
def test_sizes(number: int, expected: str) -> None:
    assert expected == size(number)
