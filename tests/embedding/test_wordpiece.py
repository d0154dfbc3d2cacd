"""Texts become the numbers that the model was trained with."""

import json
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.embedding import wordpiece
from extproc.limits import EMBEDDED_CHARS_MAX, EMBEDDED_TOKENS_MAX

LINES = (Path(__file__).parent / "data" / "wordpiece.jsonl").read_text().splitlines()
REFERENCE = [(line["text"], line["numbers"]) for line in map(json.loads, LINES)]
BEGIN, END, UNKNOWN = 101, 102, 100


def inner(text: str) -> list[int]:
    return wordpiece.encode(text)[1:-1]


@pytest.mark.parametrize(("text", "numbers"), REFERENCE, ids=lambda value: ascii(value)[:30])
def test_it_gives_what_the_reference_tokenizer_gives(text: str, numbers: list[int]) -> None:
    """Made once with the package `tokenizers`: scripts, accents, symbols, known words, noise."""
    assert numbers == wordpiece.encode(text, limit=10_000)


@given(st.text(max_size=300))
def test_any_text_is_framed_and_bounded(text: str) -> None:
    """No text is refused, and each number is one of the vocabulary."""
    numbers = wordpiece.encode(text)

    assert (BEGIN, END) == (numbers[0], numbers[-1])
    assert len(numbers) <= EMBEDDED_TOKENS_MAX
    assert all(0 <= number < 30_522 for number in numbers)


@given(st.text(max_size=40), st.text(max_size=40))
def test_words_do_not_depend_on_their_neighbours(one: str, other: str) -> None:
    """So that each may be looked up once and remembered. (Space normalises nothing that spans it.)"""
    assert [*inner(one), *inner(other)] == inner(f"{one} {other}")


@given(st.text(st.characters(max_codepoint=126), max_size=60))
def test_case_does_not_matter(text: str) -> None:
    """The model is uncased."""
    assert wordpiece.encode(text.lower()) == wordpiece.encode(text.upper())


def test_of_a_long_text_the_head_and_the_tail_are_kept() -> None:
    """A prompt says what it wants where it begins or where it ends."""
    numbers = wordpiece.encode("hello " * 100 + "middle " * 100 + "world " * 100, limit=10)

    assert 10 == len(numbers)
    assert inner("hello") * 4 + inner("world") * 4 == numbers[1:-1]


def test_a_huge_text_is_not_gone_through() -> None:
    """Only as much of it is looked at as can matter."""
    middle = "\ufffd" * 5_000_000
    head, tail = "hello " * EMBEDDED_CHARS_MAX, " world" * EMBEDDED_CHARS_MAX

    assert wordpiece.encode(head + tail) == wordpiece.encode(head + middle + tail)


def test_marks_of_the_model_in_a_text_are_plain_characters() -> None:
    """Nobody can end a text early for the model."""
    assert END not in inner("a [SEP] b")
    assert UNKNOWN not in inner("a [SEP] b")


def test_the_vocabulary_is_the_published_one() -> None:
    """Its README says where it is from."""
    file = resources.files("extproc.embedding").joinpath("data/vocab.txt")

    assert (
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
        == sha256(file.read_bytes()).hexdigest()
    )
