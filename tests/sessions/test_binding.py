"""What is remembered of a conversation, and what it is worth later."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import SESSION_MODELS_MAX
from extproc.sessions.binding import (
    SessionBinding,
    Standing,
    Visit,
    decode,
    encode,
    hash_of,
    standing,
    visited,
)
from tests.sessions.asking import NOW, PREFIX, bound, visit

NAMES = st.text(min_size=1, max_size=20)
COUNTS = st.integers(0, 2**53)
MONEY = st.floats(0, 1e6)
VISITS = st.lists(st.builds(Visit, NAMES, COUNTS, COUNTS), max_size=SESSION_MODELS_MAX).map(tuple)


@given(
    st.builds(
        SessionBinding,
        NAMES,
        NAMES,
        COUNTS,
        default_model=NAMES,
        route_name=st.none() | NAMES,
        prefix_hash=st.none() | st.integers(0, 2**64 - 1),
        cached_tokens=COUNTS,
        baseline_usd=MONEY,
        switch_spend_usd=MONEY,
        switches=COUNTS,
        history=VISITS,
        session_cost_usd=MONEY,
    )
)
def test_a_binding_comes_back_from_the_store_as_it_was(binding: SessionBinding) -> None:
    assert binding == decode(encode(binding))


def test_the_store_has_planos_names() -> None:
    """A gateway of Plano's that shares the store could read it."""
    binding = bound(
        route_name="code",
        baseline_usd=1.5,
        switch_spend_usd=0.25,
        switches=1,
        history=(visit("a/b"),),
        session_cost_usd=2.0,
    )

    assert {
        "anchor_model": "anthropic/expensive",
        "default_model": "anthropic/expensive",
        "requested_model": "lane",
        "route_name": "code",
        "prefix_hash": 255,
        "last_used": NOW - 30,
        "cached_tokens": 100_000,
        "baseline_usd": 1.5,
        "switch_spend_usd": 0.25,
        "switches": 1,
        "history": [{"model": "a/b", "last_used": NOW - 30, "cached_tokens": 100_000}],
        "session_cost_usd": 2.0,
    } == json.loads(encode(binding))


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"anchor_model": "a"}',
        b'{"anchor_model": 1, "requested_model": "r", "last_used": 1}',
        b'{"anchor_model": "a", "requested_model": "r", "last_used": "then"}',
        b'{"anchor_model": "a", "requested_model": "r", "last_used": 1, "cached_tokens": -1}',
        b'{"anchor_model": "a", "requested_model": "r", "last_used": 1, "history": [{}]}',
    ],
)
def test_a_value_that_cannot_be_read_is_none(value: bytes | None) -> None:
    assert decode(value) is None


def test_fields_of_a_later_version_are_passed_over() -> None:
    assert SessionBinding("a", "r", 1) == decode(
        b'{"anchor_model":"a","requested_model":"r","last_used":1,"mood":"good"}'
    )


@pytest.mark.parametrize(
    ("idle", "prefix", "requested", "expected"),
    [
        (0, PREFIX, "lane", Standing.WARM),
        (300, PREFIX, "lane", Standing.WARM),
        (301, PREFIX, "lane", Standing.COLD),
        (-50, PREFIX, "lane", Standing.WARM),
        (30, None, "lane", Standing.WARM),
        (30, "00000000000000fe", "lane", Standing.DRIFTED),
        (900, "00000000000000fe", "lane", Standing.DRIFTED),
        (30, PREFIX, "another", Standing.NEW),
    ],
)
def test_a_binding_counts_while_its_prompt_is_likely_to_be_cached(
    idle: float, prefix: str | None, requested: str, expected: Standing
) -> None:
    assert expected == standing(bound(idle=idle), requested, prefix, 300.0, NOW)


def test_an_unknown_beginning_has_not_changed() -> None:
    assert Standing.WARM == standing(bound(prefix_hash=None), "lane", PREFIX, 300.0, NOW)


def test_no_binding_is_a_new_conversation() -> None:
    assert Standing.NEW == standing(None, "lane", PREFIX, 300.0, NOW)


def test_a_prefix_is_a_number_of_64_bits() -> None:
    assert 2**64 - 1 == hash_of("f" * 16)
    assert hash_of(None) is None


def test_a_model_is_in_the_history_once() -> None:
    history = visited((visit("a", idle=90), visit("b", idle=60)), visit("a", idle=0, tokens=7))

    assert (visit("b", idle=60), visit("a", idle=0, tokens=7)) == history


def test_of_many_models_those_used_longest_ago_are_forgotten() -> None:
    history: tuple[Visit, ...] = ()
    for i in range(SESSION_MODELS_MAX + 3):
        history = visited(history, visit(f"m{i}", idle=100 - i))

    assert [f"m{i}" for i in range(3, SESSION_MODELS_MAX + 3)] == [entry.model for entry in history]
