"""Conversations at rest: Plano's replay contract, and messages as OpenAI writes them."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extproc.signals.reading.replay import call, rows
from extproc.signals.replay import BadLine, analyse, replay
from extproc.signals.report import Scoring, as_replay
from extproc.signals.row import Kind
from extproc.signals.taxonomy import Category, Leaf

PLANO = [
    {"from": "human", "value": "book it"},
    {"from": "function_call", "value": '{"name": "book", "arguments": {"day": "x"}}'},
    {"from": "observation", "value": "Error: invalid date"},
    {"from": "gpt", "value": "I could not."},
    {"from": "human", "value": "forget it, I'll do it myself"},
]
OPENAI = [
    {"role": "system", "content": "be kind"},
    {"role": "user", "content": [{"type": "text", "text": "book it"}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "book", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c", "content": "Error: invalid date"},
    {"role": "assistant", "content": "I could not."},
    {"role": "user", "content": "forget it, I'll do it myself"},
]
ANTHROPIC = [
    {"role": "user", "content": "book it"},
    {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "c", "name": "book", "input": {"day": "x"}}],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "c", "content": "Error: invalid date"}],
    },
    {"role": "assistant", "content": [{"type": "text", "text": "I could not."}]},
    {"role": "user", "content": "forget it, I'll do it myself"},
]
RESPONSES = [
    {"role": "user", "content": [{"type": "input_text", "text": "book it"}]},
    {"type": "function_call", "call_id": "c", "name": "book", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": "Error: invalid date"},
    {"role": "assistant", "content": [{"type": "output_text", "text": "I could not."}]},
    {"role": "user", "content": "forget it, I'll do it myself"},
]


@pytest.mark.parametrize("messages", [PLANO, OPENAI, ANTHROPIC, RESPONSES])
def test_a_conversation_is_read_in_any_form(messages: list[object]) -> None:
    told = analyse(messages)

    assert [Leaf.INVALID_ARGS, Leaf.QUIT] == [signal.type for signal in told.signals]
    assert len(messages) - 1 == told.signals[-1].message
    assert "book" == told.signals[0].metadata["tool_name"]


def test_the_report_has_the_shape_of_planos() -> None:
    (line,) = replay([msgspec.json.encode({"id": 7, "messages": PLANO}).decode()])
    row = msgspec.json.decode(line)
    report = row["report"]

    assert 7 == row["id"]
    assert {"misalignment", "stagnation", "disengagement", "satisfaction"} == set(
        report["interaction_signals"]
    )
    assert {"failure", "loops"} == set(report["execution_signals"])
    assert {"exhaustion"} == set(report["environment_signals"])
    assert "severe" == report["overall_quality"]
    failure = report["execution_signals"]["failure"]
    assert ("failure", 1, 1) == (failure["category"], failure["count"], failure["severity"])
    assert {
        "signal_type": "execution.failure.invalid_args",
        "message_index": 2,
        "snippet": "Error: invalid date",
        "confidence": 0.9,
        "metadata": {
            "error_type": "invalid_args",
            "matched": "invalid date",
            "tool_name": "book",
            "call_index": 1,
        },
    } == failure["signals"][0]


def test_the_summary_is_worded_as_planos() -> None:
    assert (
        "Overall Quality: severe | Turns: 2 (efficiency: 100.0%)"
        " | Interaction — misalignment: 0, stagnation: 0, disengagement: 1 (sev 1), satisfaction: 0"
        " | Execution — failure: 1 (sev 1), loops: 0 | Environment — exhaustion: 0"
    ) == as_replay(analyse(PLANO))["summary"]


def test_what_was_remarkable_is_remarked() -> None:
    said = ["no, that's wrong", "I want to talk to a human", "you are useless"]
    rows_ = [{"from": "human", "value": "hello"}]
    for text in said:
        rows_ += [
            {"from": "gpt", "value": "Please check your settings again now."},
            {"from": "human", "value": text},
        ]
    summary = str(as_replay(analyse([*rows_, rows_[1], rows_[1]]))["summary"])

    assert "Escalation requested: 1" in summary
    assert "Looping detected: 4 repetitions" in summary


def test_planos_formula_can_be_had() -> None:
    """Over the same signals."""
    own, plano = analyse(PLANO), analyse(PLANO, Scoring.PLANO)

    assert own.signals == plano.signals
    assert 0.0 == plano.score


@pytest.mark.parametrize(
    ("line", "problem"),
    [("{", "line 1: no JSON"), ("[]", "no object with a list"), ('{"messages": 1}', "no object with a list")],
)
def test_a_bad_line_is_told(line: str, problem: str) -> None:
    with pytest.raises(BadLine, match=problem):
        list(replay([line]))


def test_empty_lines_and_sharegpts_own_name_are_taken() -> None:
    line = msgspec.json.encode({"id": "a", "conversations": PLANO}).decode()

    assert 1 == len(list(replay(["\n", line, " "])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "f", "arguments": {"b": 1, "a": 2}}', ("f", '{"a":2,"b":1}')),
        ('{"function": {"name": "f", "arguments": "{}"}}', ("f", "{}")),
        ('{"function": "f", "args": "x"}', ("f", "x")),
        ("f(1, 2)", ("f", "1, 2")),
        ("whatever", ("whatever", "")),
        ("{}", ("unknown", "")),
    ],
)
def test_calls_as_people_write_them(text: str, expected: tuple[str, str]) -> None:
    assert expected == call(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
KEYS = st.sampled_from(("from", "value", "role", "content", "tool_calls", "function_call", "type", "output"))
VALUES = JSON | st.sampled_from(("human", "gpt", "user", "assistant", "tool", "function_call", "observation"))


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4) | JSON, max_size=6))
@settings(deadline=None)
def test_any_messages_are_read(messages: list[object]) -> None:
    """What is none is passed over; indices are those of the list."""
    told = analyse(messages)

    assert set(Category) == set(told.groups)
    assert all(row.message < len(messages) and row.kind in Kind for row in rows(messages))
