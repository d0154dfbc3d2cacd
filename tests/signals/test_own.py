"""Whose words are whose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.signals.own import OWN_CHARS, ends, masked
from extproc.signals.speech import read


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('he wrote "give up" today', "he wrote today"),
        ("siehe „das ist Mist“ dort", "siehe dort"),
        ("voir « c'est nul » ici", "voir ici"),
        ("请看「没用」这里", "请看 这里"),
        ("don't say it's 'not good' here", "don't say it's here"),
        ("see `rm -rf` and\n```\nfail\n```\nthanks", "see and thanks"),
        ("> quoted line\nmine", "mine"),
        ("look: https://a.example/give-up please", "look please"),
        ("10:00:01 ERROR give up\nwhy", "why"),
        ('it says {"error": "give up"} now', "it says now"),
    ],
)
def test_quotations_code_and_logs_are_masked(text: str, kept: str) -> None:
    bare = masked(text).replace("[", " ").replace("]", " ")

    assert kept.replace(":", "").split() == bare.replace(":", "").split()


@given(st.text(max_size=3 * OWN_CHARS))
def test_offsets_agree_with_the_text(text: str) -> None:
    assert len(text) == len(masked(text))


def test_of_a_long_message_both_ends_are_read() -> None:
    text = "first " + "x" * (3 * OWN_CHARS) + " last"

    head, tail = ends(text).split("\n")

    assert (text[:OWN_CHARS], text[-OWN_CHARS:]) == (head, tail)
    assert "short" == ends("short")


@pytest.mark.parametrize(
    ("language", "text", "mine"),
    [
        ("en", "translate: give up", []),
        ("en", "write a letter. I give up", []),
        ("en", "my boss says I give up. you too", ["you", "too"]),
        ("en", "if it fails, give up", ["give", "up"]),
        ("de", "übersetze das bitte", []),
        ("fr", "mon chef dit que c'est nul", []),
        ("es", "mi jefe dice que no sirve", []),
        ("pt", "meu chefe disse que é ruim", []),
        ("zh", "老板说没用", []),
    ],
)
def test_tasks_reports_and_conditions_are_not_ones_own(language: str, text: str, mine: list[str]) -> None:
    assert mine == read(text, {language: 9}, first=False, asked=False).mine()
