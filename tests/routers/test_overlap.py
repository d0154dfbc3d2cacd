"""Descriptions that say the same are found before they are served."""

import pytest

from extproc.embedding.encoder import Encoder
from extproc.routers.candidate import Candidate
from extproc.routers.overlap import ALIKE, overlaps


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Searches flights between airports.", "Finds and books plane tickets, compares air fares.", True),
        ("Customer support: returns, refunds and complaints.", "Handles refunds and product returns.", True),
        ("Gets real-time weather and forecasts...", "Searches flights between airports...", False),
        ("Answers questions about Kubernetes clusters", "Answers questions about Postgres databases", False),
        ("Reads and summarises documents.", "Books hotels and holiday flats.", False),
    ],
)
def test_pairs(one: str, other: str, expected: bool, encoder: Encoder) -> None:
    """What means the same is told; what merely sounds alike is not."""
    found = overlaps(encoder, (Candidate("one", one), Candidate("other", other)))

    assert expected == bool(found)


def test_an_overlap_names_what_is_most_alike(encoder: Encoder) -> None:
    """So that one knows what to write differently."""
    candidates = (
        Candidate("shop", "Sells shoes. Handles product returns."),
        Candidate("weather", "Forecasts."),
        Candidate("support", "Product returns."),
    )

    (found,) = overlaps(encoder, candidates)

    assert ("shop", "support") == (found.first, found.second)
    assert ("Handles product returns", "Product returns") == (found.first_phrase, found.second_phrase)
    assert ALIKE <= found.likeness <= 1


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_cannot_overlap(count: int, encoder: Encoder) -> None:
    """There is no pair."""
    assert () == overlaps(encoder, (Candidate("only", "Books flights."),) * count)
