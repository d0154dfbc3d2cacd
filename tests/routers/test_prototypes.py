"""Confidence means the same for any set of candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.embedding.encoder import Encoder
from extproc.routers.candidate import Candidate, Candidates
from extproc.routers.classifier import learned
from extproc.routers.prototypes import Prototypes, texts

WEATHER = Candidate("weather", "Gets real-time weather and forecasts...")
FLIGHTS = Candidate("flights", "Searches flights between airports...")


def prototypes(encoder: Encoder, *candidates: Candidate) -> Prototypes:
    return Prototypes(candidates, encoder.encode_now(texts(candidates)))


def confidence(encoder: Encoder, text: str, *candidates: Candidate) -> list[float]:
    return prototypes(encoder, *candidates).confidence(encoder.encode_now([text]))[0].tolist()


@pytest.mark.parametrize(
    "candidates",
    [
        (WEATHER, FLIGHTS),
        (WEATHER,),
        (Candidate("x", ""), Candidate("y", "one")),
        (WEATHER, Candidate("z", "", ("a", "b"))),
        (Candidate("same", "Books flights."), Candidate("again", "Books flights.")),
    ],
    ids=["two", "one", "hardly described", "examples alone", "equal"],
)
def test_any_candidates_get_a_confidence_between_none_and_all(
    candidates: Candidates, encoder: Encoder
) -> None:
    """Whatever the number of their prototypes."""
    found = np.array(confidence(encoder, "find me a flight to Rome", *candidates))

    assert (len(candidates),) == found.shape
    assert np.all((found >= 0) & (found <= 1))


def test_a_rival_makes_unsure(encoder: Encoder) -> None:
    """Of two that say the same, neither is surely right."""
    alone = confidence(encoder, "find me a flight to Rome", FLIGHTS, WEATHER)
    rivalled = confidence(
        encoder, "find me a flight to Rome", FLIGHTS, Candidate("other", "Searches for flights.")
    )

    assert alone[0] > 0.95
    assert max(rivalled) < alone[0]


def test_only_one_can_be_likely(encoder: Encoder) -> None:
    """Being the best by far is what confidence is about."""
    found = sorted(confidence(encoder, "find me a flight to Rome", FLIGHTS, WEATHER))

    assert found[0] < 0.1


def test_an_example_makes_what_is_like_it_likely(encoder: Encoder) -> None:
    """Where the description says nothing of it."""
    dull = Candidate("pets", "Takes care of it.")
    taught = Candidate("pets", "Takes care of it.", ("my hamster does not eat", "how often do I feed a cat"))
    text = "why does my guinea pig not eat"

    assert confidence(encoder, text, dull, WEATHER)[0] < 0.8 < confidence(encoder, text, taught, WEATHER)[0]


def test_a_quoted_phrase_is_an_example(encoder: Encoder) -> None:
    """As the config's key `examples`, and unlike the same words as a description."""
    quoted = Candidate("weather", 'Weather. "Will it rain in Tokyo?"')
    listed = Candidate("weather", "Weather.", ("Will it rain in Tokyo?",))

    assert confidence(encoder, "Is it wet in Kyoto?", quoted, FLIGHTS) == confidence(
        encoder, "Is it wet in Kyoto?", listed, FLIGHTS
    )


def test_the_classifier_learns_what_it_is_shown() -> None:
    """Each class weighs the same, however many points it has."""
    rows = np.array([[1, 0], [0.9, 0.1], [0.8, 0.3], [0, 1]], dtype=np.float32)
    classifier = learned(rows, np.array([0, 0, 0, 1]), 2)

    assert classifier is not None
    assert [0, 0, 0, 1] == classifier(rows).argmax(axis=1).tolist()


def test_what_would_take_too_long_to_learn_from_is_left() -> None:
    """Similarity alone still works."""
    assert learned(np.zeros((60_000, 2), dtype=np.float32), np.zeros(60_000, dtype=np.intp), 2) is None


@given(st.lists(st.integers(0, 2), min_size=3, max_size=12))
def test_the_classifier_gives_shares(labels: list[int]) -> None:
    """Of one, whatever it learned from."""
    rows = np.eye(12, 5, dtype=np.float32)[: len(labels)]
    classifier = learned(rows, np.array([0, 1, 2, *labels[3:]]), 3)

    assert classifier is not None
    assert np.allclose(classifier(rows).sum(axis=1), 1, atol=1e-4)
