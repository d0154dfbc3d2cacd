"""YAML is read with its traps in mind, and every key knows its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extproc.config.document import parse
from extproc.config.problems import ConfigError, Report
from extproc.limits import CONFIG_DEPTH_MAX

TABS = "(indent with spaces, not tabs)"


def read(text: str) -> tuple[object, Report]:
    report = Report("c")
    return parse(text, report), report


def failure(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: text", "text"),
        ("a: '12'", "12"),
        ("a: 12", 12),
        ("a: 0x10", 16),
        ("a: 1_000", 1000),
        ("a: 1.5", 1.5),
        ("a: true", True),
        ("a: off", False),
        ("a: ~", None),
        ("a:", None),
        ("a: [1, two]", [1, "two"]),
        ("a: {b: c}", {"b": "c"}),
        ("a: 2025-01-01", "2025-01-01"),
        ("a: 2025-01-01-preview", "2025-01-01-preview"),
        ("a: 12:30", "12:30"),
        ("a: 190:20:30.15", "190:20:30.15"),
        ("a: =", "="),
        ("a: !!str 12", "12"),
        ("a: |\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    """Dates and numbers to base 60 are text: no key takes them, and nobody means them."""
    assert {"a": value} == read(text)[0]


@pytest.mark.parametrize(
    ("key", "name"), [("on", "on"), ("4", "4"), ("yes", "yes"), ("~", "~"), ("1.0", "1.0")]
)
def test_a_key_is_always_text(key: str, name: str) -> None:
    """YAML 1.1 would make ``on`` a boolean and ``4`` a number."""
    assert {name: 1} == read(f"{key}: 1")[0]


def test_every_key_and_entry_has_its_line() -> None:
    """Lines count from 1."""
    _, report = read("a:\n  - b: 1\n    c: 2\n  - 3\n\nd: {e: 4}\n")

    assert {
        ("a",): 1,
        ("a", 0): 2,
        ("a", 0, "b"): 2,
        ("a", 0, "c"): 3,
        ("a", 1): 4,
        ("d",): 6,
        ("d", "e"): 6,
    } == report.lines
    assert 3 == report.line(("a", 0, "c", "missing", 5))
    assert report.line(("missing",)) is None


def test_a_key_that_stands_twice_is_an_error_and_the_first_counts() -> None:
    """PyYAML would take the last one in silence."""
    value, report = read("a: 1\nb: 2\na: 3\na: 4\n")

    assert {"a": 1, "b": 2} == value
    assert [
        "c:1: a: stands twice, in line 1 and in line 3 (keep one)",
        "c:1: a: stands twice, in line 1 and in line 4 (keep one)",
    ] == [str(problem) for problem in report.errors]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", {"a": 1, "b": 3}),
        ("x: &x {a: 1}\nz: &z {a: 2, c: 3}\ny: {<<: [*x, *z]}", {"a": 1, "c": 3}),
        ("x: &x {a: 1}\nz: &z {<<: *x, c: 3}\ny: {<<: *z}", {"c": 3, "a": 1}),
    ],
)
def test_merge_keys_fill_in_what_is_not_written(text: str, value: object) -> None:
    """As Plano's reader does it (YAML 1.1 merge keys): the nearest wins."""
    document, report = read(text)

    assert isinstance(document, dict)
    assert value == document["y"]
    assert {} == report.errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c: is empty (`planoctl init` writes one to start from)"),
        ("# nothing\n", "c: is empty (`planoctl init` writes one to start from)"),
        ("- a\n", "c:1: the top level must be a mapping (key: value lines)"),
        ("text", "c:1: the top level must be a mapping (key: value lines)"),
        ("a: [1, 2\nb: 3\n", "c:2:2: is not valid YAML: did not find expected ',' or ']'"),
        ("a:\n\tb: 1\n", f"c:2:1: is not valid YAML: found character that cannot start any token {TABS}"),
        ("a: 1\n\tb: 2", f"c:2:1: is not valid YAML: found a tab character that violates indentation {TABS}"),
        ("a: b: c\n", "c:1:5: is not valid YAML: mapping values are not allowed in this context"),
        ("a: *b\n", "c:1:4: is not valid YAML: found undefined alias"),
        ("a: 'b\n", "c:2:1: is not valid YAML: found unexpected end of stream"),
        ("a: 1\n---\nb: 2\n", "c:2:1: is not valid YAML: but found another document"),
        ("a: \x01\n", "c:1: holds a control character, which YAML forbids"),
        ("a: !!python/object:os.system {}\n", None),
        ("a: !!binary aGk=\n", None),
        ("? [1, 2]\n: 3\n", "c:1:3: a key must be text"),
        ("a: &a [*a]\n", "c:1:4: an anchor contains itself"),
        ("a: &a {<<: *a}\n", "c:1:4: an anchor contains itself"),
        ("a: {<<: 3}\n", "c:1:9: << needs a mapping or a list of mappings"),
        ("a: !!int word\n", "c:1:4: is not a value of the type int"),
        (f"a: {'9' * 5000}\n", "c:1:4: is not a value of the type int"),
        (f"a: {'[' * 2000}\n", "c:1:1003: is not valid YAML: exceeded maximum nesting depth"),
        (f"a: {'[' * 100}{']' * 100}\n", f"c:1:68: is nested deeper than {CONFIG_DEPTH_MAX} levels"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, message: str | None) -> None:
    """One sentence, no traceback, no excerpt of the file."""
    tags = "c:1:4: only plain YAML values are read, no tags such as !custom or !!binary"

    assert (message or tags) == failure(text)


def test_anchors_cannot_blow_the_document_up() -> None:
    """Nine lines that stand for 10⁹ values (the `billion laughs`)."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "more than 200000 values once anchors are expanded" in failure("\n".join(lines))


def test_a_secret_beside_a_syntax_error_is_not_shown() -> None:
    """PyYAML's own message has an excerpt."""
    assert "sk-secret" not in failure("a: {access_key: sk-secret, b: [}\n")


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other exception leaves the reader."""
    try:
        read(text)
    except ConfigError:
        return
