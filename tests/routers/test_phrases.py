"""Descriptions are cut into phrases and examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import PHRASES_MAX
from extproc.routers.candidate import Candidate
from extproc.routers.phrases import examples, phrases


def described(text: str, *said: str) -> Candidate:
    return Candidate("an_agent", text, said)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Books flights.", ("Books flights",)),
        ("Gets the weather. Books flights!", ("Gets the weather", "Books flights")),
        (
            "Refunds, returns and complaints",
            ("Refunds, returns and complaints", "Refunds", "returns", "complaints"),
        ),
        (
            "Books, changes and cancels tickets.",
            ("Books, changes and cancels tickets", "Books tickets", "changes tickets", "cancels tickets"),
        ),
        (
            "writing, reviewing or explaining code",
            ("writing, reviewing or explaining code", "writing code", "reviewing code", "explaining code"),
        ),
        (
            "Plays music, skips songs",
            ("Plays music, skips songs", "Plays music", "skips songs"),
        ),
        ("Leave: sick days, holidays", ("Leave: sick days, holidays", "Leave", "sick days", "holidays")),
        ("Weather\nFlights", ("Weather", "Flights")),
        ('Weather. Handles: "Will it rain?"', ("Weather", "Handles")),
        ("Gets real-time weather...", ("Gets real-time weather",)),
        ("flights, flights and flights", ("flights, flights and flights", "flights")),
    ],
)
def test_phrases(description: str, expected: tuple[str, ...]) -> None:
    """Sentences, then the parts of each; verbs that share an object each get it; none twice."""
    assert expected == phrases(described(description))


@pytest.mark.parametrize(
    ("description", "said", "expected"),
    [
        ("Weather.", (), ()),
        ('Handles: "Will it rain?", "Is it cold?"', (), ("Will it rain?", "Is it cold?")),
        ("Handles “Will it rain?”", (), ("Will it rain?",)),
        ('Handles "Will it rain?"', ("hot today?", "Will it rain?"), ("hot today?", "Will it rain?")),
        ("Weather.", ("", "  "), ()),
        ('The 19" rack and the 21" one', (), ()),
    ],
)
def test_examples(description: str, said: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """Those of the config, then the quoted phrases; a sign for inches quotes nothing of use."""
    assert expected == examples(described(description, *said))


@pytest.mark.parametrize("description", ["", " ", "...", "—"])
def test_without_a_description_the_name_must_do(description: str) -> None:
    """It is all there is."""
    assert ("an agent",) == phrases(described(description))


def test_with_examples_alone_the_name_is_not_needed() -> None:
    """Examples say more."""
    assert () == phrases(described("", "will it rain"))


@given(st.text(max_size=400), st.lists(st.text(max_size=30), max_size=5))
def test_any_candidate_has_something_to_compare_with(description: str, said: list[str]) -> None:
    """And not too much; none of it is empty."""
    candidate = described(description, *said)
    found = (*phrases(candidate), *examples(candidate))

    assert 1 <= len(found) <= 2 * PHRASES_MAX
    assert all(text.strip() for text in found)


def test_a_book_has_no_more_phrases_than_are_compared() -> None:
    """A request may bring descriptions of its own."""
    assert PHRASES_MAX == len(phrases(described(", ".join(map(str, range(10_000))))))
