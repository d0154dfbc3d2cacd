"""The fold: however a conversation is cut into turns, and whatever is in it."""

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from extproc import limits
from extproc.signals.analysis import advance
from extproc.signals.reading.replay import rows
from extproc.signals.report import Scoring, report
from extproc.signals.row import Kind, Row
from extproc.signals.state import State
from extproc.signals.taxonomy import Leaf
from tests.signals.conversations import lines, talk

CONVERSATIONS = lines("develop.jsonl")

WORDS = st.sampled_from(
    (
        *(
            "no",
            "i",
            "said",
            "give",
            "up",
            "human",
            "thanks",
            "error",
            "429",
            "works",
            "it",
            "this",
            "useless",
        ),
        *("not", "what", "???", "谢谢", "nein", "merci", "{}", "[]", "``", '"', ">", ":", "that", "wrong"),
    )
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=30).map(" ".join))
ROWS = st.lists(st.tuples(st.sampled_from(Kind), TEXTS, st.sampled_from(("f", "g", ""))), max_size=30)


def made(parts: list[tuple[Kind, str, str]]) -> list[Row]:
    return [Row(kind, text, number, name=name) for number, (kind, text, name) in enumerate(parts)]


@given(ROWS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(parts: list[tuple[Kind, str, str]]) -> None:
    """Nothing raises; a snippet is a piece of the message; counts and scores keep their bounds."""
    conversation = made(parts)
    state = State()
    advance(state, conversation)

    for signal in state.signals:
        assert signal.snippet in conversation[signal.message].text or signal.type in (
            Leaf.RETRY,
            Leaf.PARAMETER_DRIFT,
            Leaf.OSCILLATION,
        )
        assert 0 < signal.confidence <= 1
    assert sum(state.counts.values()) == len(state.signals)
    assert all(0 <= report(state, scoring).score <= 100 for scoring in Scoring)


@given(st.sampled_from(CONVERSATIONS), st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=200, deadline=None)
def test_turn_by_turn_is_the_same_as_the_whole(conversation: dict[str, object], cuts: list[int]) -> None:
    """With the state stored in between, as it is between requests."""
    messages = conversation["messages"]
    assert isinstance(messages, list)
    all_rows = list(rows(messages))
    whole = State()
    advance(whole, all_rows)

    state = State()
    bounds = [0, *sorted(min(cut, len(all_rows)) for cut in cuts), len(all_rows)]
    for begin, end in pairwise(bounds):
        advance(state, all_rows[begin:end])
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)

    assert whole == state


def test_a_state_stays_small() -> None:
    """Of an endless conversation the latest signals are kept, and all are counted."""
    state = State()
    turns = limits.SIGNALS_MAX * 2
    advance(state, talk(*["this is useless", "I am sorry to hear that, truly."] * turns))

    assert limits.SIGNALS_MAX == len(state.signals)
    assert sum(state.counts.values()) > turns
    assert len(msgspec.msgpack.encode(state)) < 100_000


def test_new_signals_are_told_once() -> None:
    """What a turn gives is what happened in it."""
    state = State()
    first = advance(state, talk("hello", "Hi!", "this is useless"))
    second = advance(state, [Row(Kind.AGENT, "Sorry.", 3), Row(Kind.HUMAN, "thanks", 4)])

    assert [Leaf.NEGATIVE_STANCE] == [signal.type for signal in first]
    assert [Leaf.GRATITUDE] == [signal.type for signal in second]
