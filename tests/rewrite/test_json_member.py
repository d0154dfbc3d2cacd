"""A member of ours is taken out of a body; the rest is the client's, byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.errors import InvalidRequest
from extproc.rewrite.json_member import cut

KEY = "routing_preferences"


@pytest.mark.parametrize(
    ("body", "value", "rest"),
    [
        (b'{"a":1,"ours":[2],"b":1e3}', b"[2]", b'{"a":1,"b":1e3}'),
        (b'{ "ours" : [ 2 ] , "b":1.0 }', b"[ 2 ]", b'{ "b":1.0 }'),
        (b'{"a":1,\n  "ours": null\n}', b"null", b'{"a":1\n}'),
        (b'{"ours":"x"}', b'"x"', b"{}"),
        (b' {"messages":[{"ours":1}],"ours":{}} ', b"{}", b' {"messages":[{"ours":1}]} '),
        (b'{"\\u006furs":7,"a":"\\\\"}', b"7", b'{"a":"\\\\"}'),
    ],
    ids=["middle", "first", "last", "only", "after a nested one", "escaped"],
)
def test_the_member_goes_and_nothing_else(body: bytes, value: bytes, rest: bytes) -> None:
    """White space, numbers and escapes stay as they are written."""
    assert (value, rest) == cut(body, "ours")


def test_a_body_that_has_the_member_twice_is_refused() -> None:
    """Of two, one party would read the first and another the second."""
    with pytest.raises(InvalidRequest):
        cut(b'{"ours":1,"ours":2}', "ours")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["model", "messages", "tools", "metadata", "system", "a", "é", '"', "\\", ""])


@given(st.dictionaries(KEYS, VALUES, max_size=6), VALUES, st.integers(0, 6), st.sampled_from([None, 1]))
def test_any_object_is_left_as_it_is(
    rest: dict[str, Any], value: Any, place: int, indent: int | None
) -> None:
    """Wherever the member stands, and however the body is laid out."""
    items = [(key, value) for key, value in rest.items() if key != KEY]
    items.insert(place, (KEY, value))
    body = json.dumps(dict(items), indent=indent, ensure_ascii=indent is None).encode()

    found = tuple(map(json.loads, cut(body, KEY)))

    assert (value, dict(item for item in items if item[0] != KEY)) == found
