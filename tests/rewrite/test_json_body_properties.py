"""Any JSON object, written in any way: only the model changes. Anything else: one kind of error."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.errors import InvalidRequest
from extproc.rewrite.json_body import model_of, with_model

SPACE = st.text(" \t\n\r", max_size=2)
NUMBER = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["-0", "1.0", "1e999", "0.10", "1E+2", "-0.0e-0"]),
)
KEY = st.one_of(
    st.sampled_from(["model", "messages", "stream", "input", "x", "", "mo\\del", '"model"', "tools"]),
    st.text(),
)


@st.composite
def written(draw: st.DrawFn, text: str) -> str:
    """A JSON string for `text`, each character plain or escaped."""

    def character(char: str) -> str:
        plain = json.dumps(char, ensure_ascii=False)[1:-1]
        escaped = "".join(f"\\u{unit:04x}" for unit in units(char))
        return draw(st.sampled_from([plain, plain, escaped, escaped.upper().replace("\\U", "\\u")]))

    return '"' + "".join(map(character, text)) + '"'


def units(char: str) -> list[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


@st.composite
def spaced(draw: st.DrawFn, *parts: str) -> str:
    return "".join(draw(SPACE) + part for part in parts) + draw(SPACE)


def members(pairs: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    return st.tuples(*(spaced(key, ":", value) for key, value in pairs)).map(
        lambda items: f"{{{','.join(items)}}}"
    )


STRING = st.text(max_size=8).flatmap(written)
VALUE = st.recursive(
    st.one_of(NUMBER, STRING, st.sampled_from(["true", "false", "null"])),
    lambda inner: st.one_of(
        st.lists(inner.flatmap(spaced), max_size=4).map(lambda items: f"[{','.join(items)}]"),
        st.lists(st.tuples(KEY.flatmap(written), inner), max_size=4).flatmap(members),
    ),
    max_leaves=12,
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """An object with at most one ``model``, anywhere; other keys may be there twice."""
    pairs = draw(
        st.lists(st.tuples(KEY.filter(lambda key: key != "model").flatmap(written), VALUE), max_size=6)
    )
    if draw(st.booleans()):
        model = draw(st.one_of(STRING, st.just("null")))
        pairs.insert(draw(st.integers(0, len(pairs))), (draw(written("model")), model))
    return draw(spaced(draw(members(pairs)))).encode()


def parsed(body: bytes) -> list[tuple[str, Any]]:
    """Every member with duplicates, numbers as they are written."""
    pairs: list[tuple[str, Any]] = json.loads(body, object_pairs_hook=list, parse_float=str, parse_int=str)
    return pairs


@given(bodies(), st.text(max_size=12))
def test_only_the_model_changes(body: bytes, model: str) -> None:
    located = model_of(body)
    changed = with_model(body, located, model)

    before, after = parsed(body), parsed(changed)
    named = [value for key, value in before if key == "model"]
    assert (named or [None]) == [located.model]
    assert [value for key, value in after if key == "model"] == [model]
    assert [pair for pair in after if pair[0] != "model"] == [pair for pair in before if pair[0] != "model"]
    assert changed.startswith(body[: located.start])
    assert changed.endswith(body[located.end :])


@given(bodies(), st.text(max_size=12))
def test_the_changed_body_can_be_changed_back(body: bytes, model: str) -> None:
    """What is spliced in is found again, at the same place."""
    located = model_of(body)
    changed = with_model(body, located, model)
    again = model_of(changed)

    assert again.model == model
    if located.model is not None:
        assert model_of(with_model(changed, again, located.model)).model == located.model


@given(bodies(), STRING, st.data())
def test_a_second_model_is_always_seen(body: bytes, value: str, data: st.DataObject) -> None:
    first = with_model(body, model_of(body), "one")
    second = f"{{{data.draw(written('model'))}:{value},".encode() + first.strip()[1:]

    with pytest.raises(InvalidRequest) as refused:
        model_of(second)
    assert refused.value.param == "model"


@given(bodies(), st.data())
def test_a_damaged_body_raises_nothing_but_invalid_request(body: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(body)))
    damage = data.draw(
        st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"\\", b"{", b"]", b"\\ud800"]))
    )
    cut = data.draw(st.integers(0, 3))
    damaged = body[:position] + damage + body[position + cut :]

    try:
        located = model_of(damaged)
    except InvalidRequest:
        return
    assert isinstance(json.loads(damaged.decode()), dict)
    assert model_of(with_model(damaged, located, "new")).model == "new"


@given(st.binary(max_size=60))
def test_any_bytes_raise_nothing_but_invalid_request(body: bytes) -> None:
    try:
        model_of(body)
    except InvalidRequest:
        return
    assert isinstance(json.loads(body.decode()), dict)
