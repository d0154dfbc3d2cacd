"""Triggers: what must be in a text for a pattern to match."""

import re

import pytest

from extproc.signals.triggers import triggers
from extproc.signals.verdict import classes
from tests.signals.conversations import lines


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("slow down", {"slow down"}),
        ("a{2}bc|defg", {"bc", "defg"}),
        ("colou?r", {"colo"}),
        ("(?:rate|quota) limit", {" limit"}),
        ("(?:rate|quota)s? ?", {"rate", "quota"}),
        (r"\b429\b", {"429"}),
        (r"error(?! free)[a-z\]]+", {"error"}),
        ("超时", {"超时"}),
    ],
)
def test_the_letters_that_are_hardest_to_meet(pattern: str, expected: set[str]) -> None:
    assert frozenset(expected) == triggers(pattern)


@pytest.mark.parametrize("pattern", [".*", "a?b?", r"\w+", "(?:x|.)y*"])
def test_what_could_match_anything_has_none(pattern: str) -> None:
    assert triggers(pattern) is None


def test_no_match_is_lost() -> None:
    """Every line of the file, on every text of the tables: the quick no is right."""
    texts = [row["text"] for row in lines("results.jsonl")]

    lost = [
        (line.pattern.pattern[:40], text)
        for one in classes()
        for line in one.lines
        for text in texts
        if line.pattern.search(text) and not line.search(text, text.lower())
    ]

    assert [] == lost


def test_every_line_is_a_regular_expression_without_a_group_that_is_kept() -> None:
    """Groups are for alternatives only."""
    patterns = [line.pattern for one in classes() for line in one.lines]

    assert [] == [pattern.pattern for pattern in patterns if re.compile(pattern).groups]
