"""What people say: tables of phrases that are signals, and of those that only look like them."""

import pytest

from extproc.signals.taxonomy import LEAF
from tests.signals.conversations import OPENINGS, answering, kinds, leaves, lines, signals, talk

PHRASES = lines("phrases.jsonl")


@pytest.mark.parametrize("language", OPENINGS)
def test_a_phrase_is_the_signal_that_it_is(language: str) -> None:
    """Paraphrases, slang and slips of the keyboard in six languages."""
    positives = [row for row in PHRASES if row["lang"] == language and row["leaf"]]

    missed = [
        (row["leaf"], row["text"])
        for row in positives
        if LEAF[row["leaf"]] not in kinds(answering(language, row["text"]))
    ]

    assert [] == missed
    assert len(positives) >= 50


@pytest.mark.parametrize("language", OPENINGS)
def test_what_only_looks_like_one_is_none(language: str) -> None:
    """Quotations, letters to be written, what others said, subjects, and plain requests."""
    negatives = [row["text"] for row in PHRASES if row["lang"] == language and not row["leaf"]]

    assert [] == [(text, found) for text in negatives if (found := answering(language, text))]
    assert len(negatives) >= 14


@pytest.mark.parametrize(
    "text",
    [
        'Translate "this is terrible, get me a human" into Dutch',
        "```\nraise Error('this is useless')\n```\nwhat does it do",
        "> this is the worst service ever\nreply kindly to this",
        "my boss says this is useless",
        "what if it still doesn't work?",
        "write a poem: I give up, forget it, this is useless",
        "does the bus stop at Give Up Lane",
        "2025-01-01 10:00:00 ERROR giving up, still not working",
    ],
)
def test_words_of_others_are_not_the_persons_own(text: str) -> None:
    assert [] == leaves(talk("hello", "Hello, what can I do?", text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("THIS IS STILL NOT WHAT I ASKED YOU FOR", ["correction", "negative_stance"]),
        ("USE SELECT * FROM TABLE WHERE X", []),
        ("NASA ESA JAXA", []),
        ("hello???", ["negative_stance"]),
        ("why won't it open???", ["negative_stance"]),
        ("why is grass green???", []),
        ("we won!!!", []),
        ("😡", ["negative_stance"]),
        ("👍", ["confirmation"]),
        ("🎉🎉", ["success"]),
        ("❤️", ["gratitude"]),
        ("suggest emojis like 😡 and 👎", []),
    ],
)
def test_loudness_and_emoji(text: str, expected: list[str]) -> None:
    """Shouting is a sign beside other words; abbreviations, code and joy are none."""
    assert expected == leaves(talk("open the file", "Here is another file.", text))


def test_someone_who_always_writes_in_capitals_is_not_shouting() -> None:
    said = ("SHOW ME THE LIST OF ALL MY ORDERS", "Here it is.", "WHICH OF THEM HAVE NOT ARRIVED YET", "Two.")

    assert [] == leaves(talk(*said, "AND NOW THE ONES FROM LAST YEAR TOO"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and 12 miles, thanks", []),
        ("thanks in advance", []),
        ("no thanks", []),
        ("perfect, thanks", ["confirmation", "gratitude"]),
        ("that worked, great!", ["success"]),
        ("thanks but I said the 9 am train", ["correction"]),
        ("thanks for nothing", ["negative_stance"]),
        ("not perfect", []),
    ],
)
def test_manners_are_not_satisfaction(text: str, expected: list[str]) -> None:
    assert expected == leaves(talk("convert 5 miles", "8.05 km.", text))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("a flight on the 14th", "Here are flights on the 4th.", "the 14th, not the 4th"), ["correction"]),
        (("book quarta please", "Booked quinta.", "não, é quarta"), ["correction"]),
        (("blue or green?", "Blue fits better.", "no, green"), []),
        (("add milk", "Added. Anything else?", "no, only milk"), []),
    ],
)
def test_a_contrast_corrects_what_the_agent_said(said: tuple[str, ...], expected: list[str]) -> None:
    """It needs no phrase: what is denied was the agent's, what is wanted was asked for before."""
    assert expected == leaves(talk(*said))


@pytest.mark.parametrize(
    ("first", "again", "expected"),
    [
        (
            "which customers bought both product A and product B last quarter",
            "I need the customers that bought both product A and product B last quarter",
            ["rephrase"],
        ),
        ("what's the weather in Rome tomorrow", "what's the weather in Paris tomorrow", []),
        ("turn on the kitchen light at 8 tonight", "turn on the kitchen light at 9 tonight", []),
        ("北京明天天气怎么样", "上海明天天气怎么样", []),
        ("how do I export it as a PDF", "how do I export it as a PDF", ["repetition"]),
    ],
)
def test_the_same_request_in_other_words(first: str, again: str, expected: list[str]) -> None:
    """The same about something else is a new request; word for word it is a repetition."""
    assert expected == leaves(talk(first, "Here are our opening hours.", again))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to talk to a human", ["escalation"]),
        ("thank you so much!", ["gratitude"]),
        ("Hi, could you look up parcel 77 for me? Thanks", []),
        ("My washing machine isn't working, what could it be?", []),
        ("It worked! That fix did the job", ["success"]),
        ("why?", []),
        ("talk to me", []),
        ("I quit my job, write a resignation letter", []),
        ("how do I give up smoking", []),
    ],
)
def test_the_first_message_of_a_conversation(text: str, expected: list[str]) -> None:
    """Nobody has answered yet: what is wrong in it is the reason for asking."""
    assert expected == leaves(talk(text))


def test_a_snippet_is_what_the_person_wrote() -> None:
    """Not the folded words, and not the phrase of the lexicon."""
    (signal,) = signals(talk("hello", "Hi!", "hmm… THAT’S exactly what I wanted."))

    assert "THAT’S exactly what I wanted" == signal.snippet
