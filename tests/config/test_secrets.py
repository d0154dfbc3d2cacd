"""How secrets are written, and how they are looked up."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.config.secret import MissingSecretError, SecretRef
from extproc.config.secrets import literal, reference
from extproc.config.variables import VariableError

HERE = Path("/etc/plano")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("$KEY", SecretRef("env", "KEY")),
        ("${KEY}", SecretRef("env", "KEY")),
        (" $KEY ", SecretRef("env", "KEY")),
        ("Bearer $TOKEN", SecretRef("env", "TOKEN", prefix="Bearer ")),
        ("user-${ID}-x", SecretRef("env", "ID", prefix="user-", suffix="-x")),
        ("file:/run/secrets/key", SecretRef("file", "/run/secrets/key")),
        ("file:key.txt", SecretRef("file", "/etc/plano/key.txt")),
        ("Bearer file:/run/token", SecretRef("file", "/run/token", prefix="Bearer ")),
    ],
)
def test_a_secret_is_a_reference(text: str, ref: SecretRef) -> None:
    """Relative files start at the config's directory."""
    assert ref == reference(text, HERE)


@pytest.mark.parametrize(("text", "value"), [("sk-1", "sk-1"), ("a$$B", "a$B"), ("p$5", "p$5"), (" x ", "x")])
def test_anything_else_is_the_secret_itself(text: str, value: str) -> None:
    """Plano's pre-check refused literal keys."""
    ref = reference(text, HERE)

    assert "literal" == ref.kind
    assert value == ref.resolve({})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("two\nlines", "holds a line break or control character"),
        ("nul\x00", "holds a line break or control character"),
        ("$A$B", "uses more than one variable"),
        ("${A", "has a ${ that names no variable"),
    ],
)
def test_what_is_no_secret_is_refused_without_being_shown(text: str, message: str) -> None:
    """The message goes to a terminal."""
    with pytest.raises(VariableError) as caught:
        reference(text, HERE)

    assert message == str(caught.value)


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), min_size=8))
def test_no_representation_shows_a_literal(value: str) -> None:
    """A snapshot may be logged."""
    ref = literal(value)

    assert value not in repr(ref)
    assert value not in ref.describe()


def test_equal_literals_are_equal_references_and_others_differ() -> None:
    """Providers with the same key share a cluster."""
    assert literal("a") == literal("a")
    assert literal("a") != literal("b")


def test_a_variable_is_looked_up_without_the_white_space_around_it() -> None:
    """A key pasted with its line break is a usual slip."""
    assert "Bearer abc!" == SecretRef("env", "T", "Bearer ", "!").resolve({"T": " abc\n"})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "environment variable T is not set"),
        ({"T": ""}, "environment variable T is not set"),
        ({"T": "  "}, "environment variable T is not set"),
        ({"T": "a\nb"}, "environment variable T holds more than one line"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(environ: dict[str, str], message: str) -> None:
    """Its value never is."""
    with pytest.raises(MissingSecretError) as caught:
        SecretRef("env", "T").resolve(environ)

    assert message == str(caught.value)


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    """As editors and Kubernetes write it."""
    (tmp_path / "key").write_text("abc\n")

    assert "abc" == reference("file:key", tmp_path).resolve({})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\xff\xfe", "cannot be read: it is not UTF-8 text"),
        (b"a\nb", "holds more than one line"),
        (b"x" * 70_000, "cannot be read: it is larger than 65536 bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    """The path tells what to mend."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(MissingSecretError) as caught:
        SecretRef("file", str(file)).resolve({})

    assert f"secret file {file} {message}" == str(caught.value)
