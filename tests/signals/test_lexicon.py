"""The lexicons: each is whole, and says what the detectors ask it for."""

from importlib.resources import files

import pytest

from extproc.signals import own
from extproc.signals.lexicon import LANGUAGES, lexicon, merged, parse
from extproc.signals.spelling import Speller
from extproc.signals.taxonomy import LEAF

ASKED = {
    *("correction", "rephrase", "clarification", "contrast", "refusal", "escalation", "quit"),
    *("complaint", "profanity", "gratitude", "confirmation", "success"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lexicon_has_every_section(language: str) -> None:
    """And none that nobody reads."""
    known = lexicon(language)

    assert ASKED == {phrase.name for phrase in known.signs.phrases}
    assert own.SECTIONS == {phrase.name for phrase in known.frames.phrases}
    assert all((known.stop, known.negation, known.request, known.signs.fillers))


def test_leaves_are_sections() -> None:
    """So that a renamed leaf is found out here."""
    assert {"complaint", "profanity", "contrast", "refusal"} == ASKED - set(LEAF)


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    names = {path.name for path in files("extproc.signals").joinpath("data").iterdir()}

    assert {f"{language}.txt" for language in LANGUAGES} | {"tools.txt", "real-words.txt"} == names


def test_several_languages_are_gone_through_at_once() -> None:
    both = merged(("en", "de"))

    assert len(both.signs.phrases) == sum(len(lexicon(one).signs.phrases) for one in ("en", "de"))


def test_a_line_before_any_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no section yet"):
        parse("give up\n[quit]\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("thnks", "thanks"),
        ("thansk", "thanks"),
        ("thannks", "thanks"),
        ("thankss", "thanks"),
        ("thinks", "thinks"),
        ("tanks", "tanks"),
        ("thanked", "thanked"),
        ("tahnks", "thanks"),
        ("thks", "thks"),
    ],
)
def test_slips_of_the_keyboard(written: str, meant: str) -> None:
    """Other letters and other endings are other words."""
    assert meant == Speller({"thanks", "work"}).right(written)
