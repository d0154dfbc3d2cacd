"""Plano's figures of trimming, and what holds of any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.routers.candidate import Turn
from extproc.routers.trimming import fitting, trimmed


@pytest.mark.parametrize(
    ("text", "bytes_max", "expected"),
    [
        ("hello", 100, "hello"),
        ("hello", 5, "hello"),
        ("abcdefgh", 2, "ab"),
        ("abcdefgh", 0, ""),
        ("a" * 12 + "z" * 8, 10, "aaaa…zzz"),
        ("é" * 50, 25, "é" * 6 + "…" + "é" * 4),
    ],
)
def test_the_middle_of_a_text_makes_room(text: str, bytes_max: int, expected: str) -> None:
    """60 % of the room for the beginning; no character is cut in two."""
    assert expected == trimmed(text, bytes_max)


@given(st.text(), st.integers(0, 60))
def test_a_trimmed_text_is_never_longer_than_allowed(text: str, bytes_max: int) -> None:
    assert len(trimmed(text, bytes_max).encode()) <= bytes_max


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text())), st.integers(1, 500))
def test_the_newest_turns_are_kept_and_never_none(said: list[tuple[str, str]], bytes_max: int) -> None:
    turns = [Turn(role, text) for role, text in said]

    kept = fitting(turns, bytes_max)

    assert bool(turns) == bool(kept)
    assert turns[len(turns) - len(kept) :][1:] == kept[1:]
    assert sum(len(turn.text.encode()) for turn in kept) <= bytes_max


def test_a_users_turn_that_has_no_room_is_cut_and_an_assistants_left_out() -> None:
    long, newest = "x" * 500, Turn("user", "and now?")

    user = fitting([Turn("user", "before"), Turn("user", long), newest], 300)
    assistant = fitting([Turn("user", "before"), Turn("assistant", long), newest], 300)

    assert [2, True, newest] == [len(user), "…" in user[0].text, user[1]]
    assert [newest] == assistant


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_a_newest_turn_that_has_no_room_is_cut(role: str) -> None:
    """Plano sends it whole, to a model that cannot take it."""
    (kept,) = fitting([Turn(role, "x" * 500)], 300)

    assert len(kept.text.encode()) <= 300
