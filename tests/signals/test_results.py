"""What tools answer: errors by their kind, and texts that are about errors."""

import pytest

from extproc import limits
from extproc.signals.outcome import outcome
from extproc.signals.row import Kind, Row
from extproc.signals.taxonomy import Leaf
from extproc.signals.verdict import verdict
from tests.signals.conversations import calls, leaves, lines, signals

RESULTS = lines("results.jsonl")


@pytest.mark.parametrize("leaf", sorted({row["leaf"] or "" for row in RESULTS}))
def test_a_result_is_of_its_kind(leaf: str) -> None:
    """Texts as real systems write them."""
    texts = [row["text"] for row in RESULTS if (row["leaf"] or "") == leaf]

    found = {text: verdict(outcome(text, "run", failed=False), "run") for text in texts}

    assert {} == {text: got for text, got in found.items() if (got.leaf.short if got else "") != leaf}


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("web_search", "How to handle 429 Too Many Requests and timeouts in Python"),
        ("read_file", "Connection refused means that nothing listens."),
        ("grep", "net.py:88: raise TimeoutError('timed out')"),
        ("get_incident", '{"id": 1, "summary": "503 Service Unavailable for an hour"}'),
        ("ping", '{"ok": true, "error": null, "timeout": 500}'),
        ("list_calls", "id,status\n1,failed\n2,timeout"),
    ],
)
def test_a_text_about_errors_is_none(tool: str, text: str) -> None:
    assert [] == leaves(calls((tool, "{}", text)))


def test_the_api_can_say_that_a_result_is_an_error() -> None:
    """M's `is_error`: then any text is one."""
    row = Row(Kind.RESULT, "You may not do that without permission to write: access denied", 1, failed=True)

    assert [Leaf.AUTH_MISUSE] == [signal.type for signal in signals([row])]


def test_a_result_names_the_tool_that_was_called() -> None:
    """By the call's id where there is one: results may come in any order."""
    rows = [
        Row(Kind.CALL, "{}", 1, name="first", call="a"),
        Row(Kind.CALL, "{}", 1, name="second", call="b"),
        Row(Kind.RESULT, "ok", 2, call="b"),
        Row(Kind.RESULT, "Error: request timed out", 2, call="a"),
    ]

    (signal,) = signals(rows)

    assert {"exhaustion_type": "timeout", "matched": "timed out", "tool_name": "first"} == signal.metadata
    assert "timed out" in signal.snippet


def test_a_very_long_result_is_not_parsed() -> None:
    """It costs nothing, however long it is."""
    text = '{"error": "' + "x" * limits.RESULT_PARSED_CHARS_MAX + '"}'

    assert "" == outcome(text, "run", failed=False).error


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("I'm sorry, this conversation has reached its maximum length.", ["context_overflow"]),
        ("The context window of a model is how much text it can read.", []),
    ],
)
def test_an_agent_whose_context_is_full_says_so(answer: str, expected: list[str]) -> None:
    assert expected == leaves([Row(Kind.AGENT, answer, 0)])
