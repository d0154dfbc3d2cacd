"""Texts as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.signals.words import COLON, HARD, NONE, SOFT, split, stems


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("That's GREAT!", ["that", "s", "great"]),
        ("thats great", ["that", "s", "great"]),
        ("I don’t know", ["i", "dont", "know"]),
        ("c'est déjà fait", ["c", "est", "deja", "fait"]),
        ("sooooo coool", ["so", "col"]),
        ("f*** and sh*t, **bold**", ["f*", "and", "sh*t", "bold"]),
        ("你好 ok👍", ["你", "好", "ok", "👍"]),
        ("es é e", ["es", "é", "e"]),
        ("10000 times", ["10000", "times"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, folded: list[str]) -> None:
    """Case, accents, apostrophes and stretched letters make no difference."""
    assert folded == split(text).folded


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("a b", NONE),
        ("a, b", SOFT),
        ("a (b", SOFT),
        ("a: b", COLON),
        ("a. b", HARD),
        ("a\nb", HARD),
        ("a? b", HARD),
    ],
)
def test_what_parts_two_words(text: str, depth: int) -> None:
    assert [HARD, depth] == split(text).breaks


def test_a_name_with_a_dot_is_no_end_of_a_sentence() -> None:
    assert HARD not in split("use node.js here").breaks[1:]


@given(st.text(max_size=300))
def test_offsets_are_those_of_the_text(text: str) -> None:
    """In order, within the text, and none of them empty."""
    words = split(text)

    assert all(0 <= s < e <= len(text) for s, e in zip(words.starts, words.ends, strict=True))
    assert sorted(words.starts) == words.starts


def test_stems_of_chinese_are_pairs() -> None:
    assert ["runni", "你好", "好吗"] == stems(["running", "你", "好", "吗"])
