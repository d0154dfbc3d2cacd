"""Where values stand in a document."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.rewrite.json_spans import Span, items, last_item, members

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
SPACES = st.sampled_from(["", " ", "\n\t", " \r\n  "])


def within(value: Any, before: str, after: str, indent: int | None, ascii_only: bool) -> tuple[bytes, Span]:
    """A document with more around it than the value."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    start = len(before) + 1
    return f"[{before}".encode() + text + f"{after}]".encode(), Span(start, start + len(text))


def read(document: bytes, span: Span) -> Any:
    return json.loads(document[span.start : span.end])


@given(
    st.dictionaries(st.text(max_size=5), VALUES, max_size=5),
    SPACES,
    SPACES,
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_each_member_is_where_it_is_said_to_be(
    value: dict[str, Any], before: str, after: str, indent: int | None, ascii_only: bool
) -> None:
    document, span = within(value, before, after, indent, ascii_only)

    assert value == {name: read(document, place) for name, place in members(document, span).items()}


@given(st.lists(VALUES, max_size=5), SPACES, SPACES, st.sampled_from([None, 1]), st.booleans())
def test_so_is_each_item(
    value: list[Any], before: str, after: str, indent: int | None, ascii_only: bool
) -> None:
    document, span = within(value, before, after, indent, ascii_only)

    assert value == [read(document, place) for place in items(document, span)]
    count, last = last_item(document, span)
    assert len(value) == count
    assert value[-1:] == ([] if last is None else [read(document, last)])


@pytest.mark.parametrize(
    "document",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1,"b":2,"a":1}',
        b'{"b":1,"a":1,"a":12}',
        b'{"a":1,"\\u0061":1}',
    ],
)
def test_an_object_that_names_a_member_twice_has_none(document: bytes) -> None:
    assert {} == members(document, Span(0, len(document)))


def test_a_size_is_in_bytes() -> None:
    document = '{"a": "é"}'.encode()

    assert 4 == members(document, Span(0, len(document)))["a"].size


@pytest.mark.parametrize("document", [b"[]", b"1", b"{", b'{"a":}'])
def test_what_is_no_object_is_an_error(document: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        members(document, Span(0, len(document)))
