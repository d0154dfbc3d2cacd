"""The small language of the lexicons."""

import pytest

from extproc.signals.phrases import Phrasebook, compile_phrase
from extproc.signals.words import split

FILLERS = frozenset({"ok", "please"})


def found(source: str, text: str, classes: dict[str, str] | None = None) -> list[str]:
    """The texts that the phrase matches in `text`."""
    book = Phrasebook([compile_phrase("x", source, classes or {})], FILLERS)
    words = split(text)
    return [text[words.starts[m.start] : words.ends[m.end - 1]] for m in book.find(words)]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("give up", "I give up now", ["give up"]),
        ("give up", "give. up", []),
        ("give up", "give, up", ["give, up"]),
        ("not what i (asked|meant)", "that's not what I meant", ["not what I meant"]),
        ("not (quite |) right", "not right, not quite right", ["not right", "not quite right"]),
        ("i ~ quit", "I really must quit", ["I really must quit"]),
        ("i ~ quit", "I think that they may quit", []),
        ("i ~ quit", "I now, then quit", []),
        ("< stop >", "ok stop please", ["stop"]),
        ("< stop >", "the bus stop is here", []),
        ("< stop >", "well, stop, now", ["stop"]),
        ("^ good $", "ok good", ["good"]),
        ("^ good $", "good. and now?", []),
        ("talk to {who}", "Talk to a human!", ["Talk to a human"]),
        ("(转|找)人工", "请帮我转人工", ["转人工"]),
        ("(a|(b|c d)) e", "c d e", ["c d e"]),
    ],
)
def test_a_phrase_matches(source: str, text: str, expected: list[str]) -> None:
    assert expected == found(source, text, {"who": "(a |)human|someone"})


@pytest.mark.parametrize("source", ["", "(a", "a)", "< >"])
def test_what_is_no_phrase_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"phrase|bracket"):
        found(source, "a")


def test_a_phrase_that_any_word_could_begin_is_refused() -> None:
    """It would be tried at every word."""
    with pytest.raises(ValueError, match="begin with anything"):
        found("(|)", "a")


def test_words_of_others_are_passed_over() -> None:
    book = Phrasebook([compile_phrase("x", "give up", {})], FILLERS)

    assert [] == list(book.find(split("give up"), [True, False]))


def test_flags_stand_in_front() -> None:
    phrase = compile_phrase("x", "!?give up", {})

    assert (True, True) == (phrase.first_too, phrase.not_answer)
