"""What an answer adds to what is remembered."""

import pytest
from msgspec.structs import replace

from extproc.llm.response import Usage
from extproc.prices.book import Rates
from extproc.sessions.answered import after, merged
from tests.sessions.asking import CHEAP, EXPENSIVE, NOW, PRICES, bound, visit

SONNET = Rates(3.0, 15.0, 0.3)


def test_the_providers_count_takes_the_place_of_the_estimate() -> None:
    told = after(bound(cached_tokens=5), EXPENSIVE, Usage(120_000, 10), SONNET, NOW + 8)

    assert (120_000, NOW + 8) == (told.cached_tokens, told.last_used)
    assert (visit(EXPENSIVE, idle=-8, tokens=120_000),) == told.history


def test_what_was_read_from_the_cache_and_written_to_it_is_part_of_the_prompt() -> None:
    """Anthropic counts them beside its input; its dialect has added them up."""
    usage = Usage(10_000, 10, cache_read_tokens=8_000, cache_creation_tokens=1_500)

    assert 10_000 == after(bound(), EXPENSIVE, usage, SONNET, NOW).cached_tokens


@pytest.mark.parametrize("usage", [None, Usage(0, 0)])
def test_an_answer_without_a_count_changes_none(usage: Usage | None) -> None:
    told = after(bound(idle=30), EXPENSIVE, usage, SONNET, NOW)

    assert (100_000, NOW, 0.0) == (told.cached_tokens, told.last_used, told.session_cost_usd)


def test_costs_add_up() -> None:
    """0.2M x 3 + 0.8M x 0.3 + 0.1M x 15 = 2.34."""
    usage = Usage(1_000_000, 100_000, cache_read_tokens=800_000)

    told = after(bound(session_cost_usd=1.0), EXPENSIVE, usage, SONNET, NOW)

    assert 3.34 == pytest.approx(told.session_cost_usd)


def test_an_answer_of_unknown_price_costs_nothing() -> None:
    assert 1.0 == after(bound(session_cost_usd=1.0), "x/new", Usage(9, 9), None, NOW).session_cost_usd


def test_the_conversation_is_bound_to_the_model_that_stood_in() -> None:
    """Its cache is there now; moves that nobody chose are not paid from the budget."""
    told = after(bound(switches=1, switch_spend_usd=0.1), CHEAP, Usage(50, 5), PRICES.rate(CHEAP), NOW)

    assert (CHEAP, EXPENSIVE, 1, 0.1) == (
        told.anchor_model,
        told.default_model,
        told.switches,
        told.switch_spend_usd,
    )
    assert [CHEAP] == [entry.model for entry in told.history]


def test_a_late_answer_undoes_no_move() -> None:
    """Only what it cost, and that its model has the prompt in its cache, is added."""
    decided = bound(EXPENSIVE, idle=30)
    moved = bound(CHEAP, idle=5, route_name="chatter", switches=1, cached_tokens=7, session_cost_usd=1.0)

    told = merged(moved, decided, EXPENSIVE, Usage(1_000_000, 0), SONNET, NOW)

    assert (CHEAP, "chatter", 1, 7, 4.0, NOW) == (
        told.anchor_model,
        told.route_name,
        told.switches,
        told.cached_tokens,
        told.session_cost_usd,
        told.last_used,
    )
    assert (visit(EXPENSIVE, idle=0, tokens=1_000_000),) == told.history


def test_an_answer_to_another_beginning_leaves_its_cost_alone() -> None:
    """What it had in the cache is of no use to the conversation as it is now."""
    stored = bound(CHEAP, idle=5, prefix_hash=1)

    told = merged(stored, bound(EXPENSIVE), EXPENSIVE, Usage(1_000_000, 0), SONNET, NOW)

    assert replace(stored, session_cost_usd=3.0) == told


def test_the_books_of_a_later_request_hold() -> None:
    """Two requests at one model: the answer of the first one comes after the second was sent."""
    later = bound(idle=5, baseline_usd=0.6, session_cost_usd=1.0)

    told = merged(later, bound(baseline_usd=0.3), EXPENSIVE, Usage(50, 0), SONNET, NOW)

    assert (0.6, 50, EXPENSIVE) == (told.baseline_usd, told.cached_tokens, told.anchor_model)


def test_what_the_store_has_lost_is_kept_anew() -> None:
    decided = bound()

    assert after(decided, EXPENSIVE, Usage(5, 5), SONNET, NOW) == merged(
        None, decided, EXPENSIVE, Usage(5, 5), SONNET, NOW
    )
