"""Questions are cut where they may begin to ask for something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import CLAUSES_MAX
from extproc.routers.clauses import clauses, continues


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weather in Paris and flights there", ("weather in Paris", "flights there")),
        ("Is it cold? Book a flight, then a room there.", ("Is it cold", "Book a flight", "a room there")),
        ("my parcel is late; and by the way, how is the Dow", ("my parcel is late", "how is the Dow")),
        ("Wie wird das Wetter und gibt es Flüge", ("Wie wird das Wetter", "gibt es Flüge")),
        ("天气怎么样\uff0c还有航班吗", ("天气怎么样", "还有航班吗")),
        ("line one here\nline two here", ("line one here", "line two here")),
        ("find me a flight", ()),
        ("salt and pepper", ("salt", "pepper")),
        ("weather and flights", ("weather", "flights")),
        ("flights, a hotel there, sun and sea", ("flights", "a hotel there")),
        ("version 1.5 of the app", ()),
        ("Rome, Paris", ("Rome", "Paris")),
        ("", ()),
        ("Android and sandals", ("Android", "sandals")),
    ],
)
def test_clauses(text: str, expected: tuple[str, ...]) -> None:
    """At stops, commas and words that add; a single word is one where it is long enough."""
    assert expected == clauses(text)


def test_a_document_has_no_clauses() -> None:
    """To look at each of its sentences would take long and tell little."""
    assert () == clauses("one more sentence. " * (CLAUSES_MAX + 1))


def test_of_too_many_clauses_single_words_are_left_out() -> None:
    assert ("a flight to Rome", "a hotel there") == clauses(
        "word, " * CLAUSES_MAX + "a flight to Rome, a hotel there"
    )


@given(st.text(max_size=300))
def test_any_text_is_cut_into_few_parts_of_itself(text: str) -> None:
    """None, or at least two."""
    found = clauses(text)

    assert len(found) in {0, *range(2, CLAUSES_MAX + 1)}
    assert all(part in text for part in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and tomorrow?", True),
        ("What about Rome?", True),
        ("how about Sunday", True),
        ("und am Sonntag?", True),
        ("will it rain tomorrow?", False),
        ("andorra", False),
        ("and then find me a flight to Rome on Monday", False),
        ("", False),
    ],
)
def test_continues(text: str, expected: bool) -> None:
    """Few words, of which the first go on from something."""
    assert expected == continues(text)
