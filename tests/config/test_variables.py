"""Environment variables in values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.config.variables import VariableError, Variables, expand, names, split

ENVIRON = {"HOST": "example.org", "PORT": "8080", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("$HOST", "example.org"),
        ("${HOST}", "example.org"),
        ("http://$HOST:${PORT}/v1", "http://example.org:8080/v1"),
        ("${HOST}x", "example.orgx"),
        ("$$HOST", "$HOST"),
        ("$$$HOST", "$example.org"),
        ("costs $5", "costs $5"),
        ("^a$", "^a$"),
        ("$", "$"),
        ("", ""),
    ],
)
def test_variables_are_replaced_and_other_dollars_stay(text: str, expanded: str) -> None:
    """``$$`` is the way to write a dollar sign before a name."""
    assert expanded == expand(text, ENVIRON)


@pytest.mark.parametrize("name", ["MISSING", "EMPTY"])
def test_a_variable_that_is_unset_or_empty_is_named(name: str) -> None:
    """An empty port or host would be found out much later."""
    with pytest.raises(VariableError, match=f"environment variable {name} is not set"):
        expand(f"x-${name}", ENVIRON)


@pytest.mark.parametrize("text", ["${", "${}", "${HOST", "${HOST:-x}", "${1}", "a ${HOST} ${"])
def test_a_broken_brace_is_an_error(text: str) -> None:
    """The shell's ``${NAME:-default}`` is not ours, and must not pass as text."""
    with pytest.raises(VariableError, match=r"has a \$\{ that names no variable"):
        names(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("literal", None),
        ("$5", None),
        ("$$HOST", None),
        ("$HOST", ("", "HOST", "")),
        ("Bearer ${HOST}", ("Bearer ", "HOST", "")),
        ("a$$b${HOST}c$$", ("a$b", "HOST", "c$")),
    ],
)
def test_one_variable_is_taken_apart(text: str, parts: tuple[str, str, str] | None) -> None:
    """What stands around it is kept beside its name."""
    assert parts == split(text)


def test_two_variables_in_one_secret_are_an_error() -> None:
    """A reference has one source."""
    with pytest.raises(VariableError, match="more than one variable"):
        split("$HOST$PORT")


def test_the_names_that_were_used_are_remembered() -> None:
    """Who starts another process with this config must hand them on."""
    variables = Variables(ENVIRON)
    variables.expand("$HOST")
    variables.expand("$$PORT")

    assert {"HOST"} == variables.used


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    """Doubling every dollar sign protects any text."""
    assert text == expand(text.replace("$", "$$"), {})
