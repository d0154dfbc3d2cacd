"""Where a request goes, given what was chosen and what is remembered."""

from typing import Any

import msgspec
import pytest

from extproc.sessions.binding import SessionBinding, decode, encode
from extproc.sessions.budget import Reason
from extproc.sessions.cost import NoPrices
from extproc.sessions.keys import Keys
from extproc.sessions.session import NO_SESSION, Session
from extproc.sessions.settling import Proposal, Settled, replay, settle
from tests.sessions.asking import (
    CHEAP,
    EXPENSIVE,
    NOW,
    PREFIX,
    PRICES,
    PRICEY,
    bound,
    budget,
    named,
    session,
    visit,
)

OTHER_PREFIX = "00000000000000fe"


def settled(
    binding: SessionBinding | None, candidate: str, own: Session, route: str | None = None, now: float = NOW
) -> Settled:
    return settle(binding, Proposal(candidate, route), own, PRICES, now)


def kept(settled: Settled) -> SessionBinding:
    assert settled.binding
    return settled.binding


def implicit(**others: Any) -> Session:
    """Recognised by its beginning, and kept at its model while it is warm."""
    return session(**({"pinned_s": 300.0} | others))


def test_what_belongs_to_no_conversation_goes_where_it_was_chosen_to() -> None:
    proposal = Proposal(PRICEY, "code", (PRICEY, CHEAP))

    assert Settled(PRICEY, "code", (PRICEY, CHEAP), Reason.NO_SESSION) == settle(
        bound(), proposal, NO_SESSION, PRICES, NOW
    )


def test_a_new_conversation_is_bound_to_what_was_chosen() -> None:
    first = settled(None, PRICEY, session(tokens=1_000), "code")

    assert (PRICEY, "code", Reason.NEW, False, False) == (
        first.model,
        first.route,
        first.reason,
        first.pinned,
        first.switched,
    )
    assert SessionBinding(
        PRICEY,
        "lane",
        NOW,
        default_model=PRICEY,
        route_name="code",
        prefix_hash=255,
        cached_tokens=1_000,
        history=(visit(PRICEY, idle=0, tokens=1_000),),
    ) == kept(first)


@pytest.mark.parametrize("own", [named(), implicit()])
@pytest.mark.parametrize("idle", [0, 30, 300])
def test_a_pinned_conversation_stays_while_it_is_warm(own: Session, idle: float) -> None:
    stays = settled(bound(route_name="chat", idle=idle), PRICEY, own, "code")

    assert (EXPENSIVE, "chat", Reason.PINNED, True, False) == (
        stays.model,
        stays.route,
        stays.reason,
        stays.pinned,
        stays.switched,
    )
    assert ("chat", NOW, 0) == (kept(stays).route_name, kept(stays).last_used, kept(stays).switches)


def test_a_choice_that_falls_on_the_anchor_needs_no_pin() -> None:
    assert Reason.SAME_ANCHOR == settled(bound(), EXPENSIVE, named()).reason


@pytest.mark.parametrize(
    ("own", "idle", "prefix", "expected"),
    [
        # Named by its client: for the session's lifetime, cached or not.
        (named(), 301, PREFIX, EXPENSIVE),
        (named(), 600, PREFIX, EXPENSIVE),
        (named(), 601, PREFIX, PRICEY),
        (named(), 30, OTHER_PREFIX, EXPENSIVE),
        (named(pinned_s=60.0), 61, PREFIX, PRICEY),
        # Recognised by its beginning: for the cache's sake.
        (implicit(), 301, PREFIX, PRICEY),
        (implicit(), 30, OTHER_PREFIX, PRICEY),
        (implicit(pinned_s=900.0, warm_s=900.0), 899, PREFIX, EXPENSIVE),
        # Neither is pinned.
        (session(), 30, PREFIX, PRICEY),
    ],
)
def test_a_pin_holds_for_its_time(own: Session, idle: float, prefix: str, expected: str) -> None:
    own = msgspec.structs.replace(own, keys=Keys(own.id, prefix, own.keys.explicit))

    assert expected == settled(bound(idle=idle), PRICEY, own).model


def test_a_client_that_asks_for_another_model_is_not_held() -> None:
    fresh = settled(bound(requested_model="gpt-4o"), PRICEY, named())

    assert (PRICEY, Reason.NEW) == (fresh.model, fresh.reason)


def test_without_a_pin_or_a_budget_the_choice_is_followed() -> None:
    moved = settled(bound(), PRICEY, session())

    assert (PRICEY, Reason.FREE, True, True) == (moved.model, moved.reason, moved.pinned, moved.switched)
    assert (1, EXPENSIVE) == (kept(moved).switches, kept(moved).default_model)


def test_an_unaffordable_move_keeps_model_and_route() -> None:
    stays = settled(bound(route_name="chat", baseline_usd=1.0), PRICEY, session(budget=budget()), "code")

    assert (EXPENSIVE, "chat", Reason.OVER_CAP, False) == (
        stays.model,
        stays.route,
        stays.reason,
        stays.switched,
    )
    assert (0.47, 0.2575) == (pytest.approx(stays.cost_usd), pytest.approx(stays.ceiling_usd))
    assert (1.03, 0.0, 0) == (
        pytest.approx(kept(stays).baseline_usd),
        kept(stays).switch_spend_usd,
        kept(stays).switches,
    )


def test_an_affordable_move_is_paid_for() -> None:
    moved = settled(bound(baseline_usd=2.0), PRICEY, session(budget=budget()), "code")

    assert (PRICEY, "code", Reason.WITHIN_CAP, True) == (
        moved.model,
        moved.route,
        moved.reason,
        moved.switched,
    )
    assert (2.03, 0.47, 1, EXPENSIVE) == (
        pytest.approx(kept(moved).baseline_usd),
        pytest.approx(kept(moved).switch_spend_usd),
        kept(moved).switches,
        kept(moved).default_model,
    )


@pytest.mark.parametrize(
    ("own", "binding", "reason"),
    [
        (session(budget=budget()), bound(idle=301, baseline_usd=5.0, switch_spend_usd=3.0), Reason.COLD),
        (
            session(budget=budget(), keys=Keys("implicit:1", OTHER_PREFIX)),
            bound(baseline_usd=5.0, switch_spend_usd=3.0),
            Reason.DRIFTED,
        ),
    ],
)
def test_a_conversation_without_a_cache_begins_new_books(
    own: Session, binding: SessionBinding, reason: Reason
) -> None:
    fresh = settled(binding, PRICEY, own)

    assert (PRICEY, reason, False, False) == (fresh.model, fresh.reason, fresh.pinned, fresh.switched)
    assert (0.0, 0.0, 0, PRICEY) == (
        kept(fresh).baseline_usd,
        kept(fresh).switch_spend_usd,
        kept(fresh).switches,
        kept(fresh).default_model,
    )


def test_the_books_go_on_where_the_budget_is_not_replenished() -> None:
    own = session(budget=budget(replenish_on_rebind=False))
    fresh = settled(bound(idle=301, baseline_usd=5.0, switch_spend_usd=3.0), PRICEY, own)

    assert (5.0, 3.0, 0, EXPENSIVE) == (
        kept(fresh).baseline_usd,
        kept(fresh).switch_spend_usd,
        kept(fresh).switches,
        kept(fresh).default_model,
    )


def test_another_beginning_leaves_no_cache_anywhere() -> None:
    binding = bound(history=(visit(CHEAP), visit(EXPENSIVE)))
    own = session(keys=Keys("implicit:1", OTHER_PREFIX))

    assert [PRICEY] == [entry.model for entry in kept(settled(binding, PRICEY, own)).history]


def test_what_the_conversation_has_cost_is_never_forgotten() -> None:
    assert 7.5 == kept(settled(bound(idle=301, session_cost_usd=7.5), PRICEY, session())).session_cost_usd


@pytest.mark.parametrize(
    ("route", "expected"), [("code", "openai/pricey (code)"), (None, "openai/pricey"), ("", "openai/pricey")]
)
def test_what_the_budget_prevented_is_told_if_asked(route: str | None, expected: str) -> None:
    own = session(budget=budget(record_counterfactual=True))

    assert expected == settled(bound(), PRICEY, own, route).counterfactual


def test_what_it_prevented_is_not_told_otherwise() -> None:
    assert settled(bound(), PRICEY, session(budget=budget())).counterfactual is None
    own = session(budget=budget(record_counterfactual=True))
    assert settled(bound(), CHEAP, own).counterfactual is None


def test_the_estimate_serves_until_a_provider_has_counted() -> None:
    """100k x 0.3 = 0.03 by the estimate."""
    own = session(budget=budget(), tokens=100_000)

    assert 0.03 == pytest.approx(kept(settled(bound(cached_tokens=0), EXPENSIVE, own)).baseline_usd)


def test_a_providers_count_goes_before_the_estimate() -> None:
    own = session(budget=budget(), tokens=5)

    assert 0.03 == pytest.approx(kept(settled(bound(), EXPENSIVE, own)).baseline_usd)


def test_the_models_that_may_stand_in_come_in_their_order() -> None:
    proposal = Proposal(PRICEY, "code", (PRICEY, CHEAP, EXPENSIVE))

    assert (EXPENSIVE, PRICEY, CHEAP) == settle(bound(), proposal, named(), PRICES, NOW).models
    assert (PRICEY, CHEAP, EXPENSIVE) == settle(None, proposal, named(), PRICES, NOW).models


def test_the_time_since_the_last_request_is_told() -> None:
    assert 30 == settled(bound(), EXPENSIVE, session()).idle_s
    assert settled(None, EXPENSIVE, session()).idle_s is None


TOOL_AT_WORK = {"user_turn": False, "user_only": True}


@pytest.mark.parametrize(
    ("binding", "own", "expected"),
    [
        (bound(), named(), Reason.PINNED),
        (bound(idle=599), named(), Reason.PINNED),
        (bound(), implicit(), Reason.PINNED),
        (bound(), session(**TOOL_AT_WORK), Reason.NOT_USER_TURN),
        (bound(), session(**TOOL_AT_WORK, budget=budget()), Reason.NOT_USER_TURN),
        (None, named(), None),
        (bound(idle=601), named(), None),
        (bound(), session(), None),
        (bound(), session(budget=budget()), None),
        (bound(), session(user_turn=False), None),
        (bound(), session(user_only=True), None),
        (bound(idle=301), session(**TOOL_AT_WORK), None),
        (bound(requested_model="other"), session(**TOOL_AT_WORK), None),
        (bound(), session(**TOOL_AT_WORK, keys=Keys("implicit:1", OTHER_PREFIX)), None),
        (bound(), NO_SESSION, None),
    ],
)
def test_nobody_is_asked_where_the_answer_is_known(
    binding: SessionBinding | None, own: Session, expected: Reason | None
) -> None:
    again = replay(binding, own, PRICES, NOW)

    assert expected == (again and again.reason)
    assert again is None or (EXPENSIVE, True, False) == (again.model, again.pinned, again.switched)


def test_a_replayed_request_keeps_the_books_going() -> None:
    again = replay(bound(route_name="chat"), session(**TOOL_AT_WORK, budget=budget()), PRICES, NOW)

    assert again
    assert "chat" == again.route
    assert (0.03, NOW) == (pytest.approx(kept(again).baseline_usd), kept(again).last_used)


def test_a_whole_conversation_stays_within_its_budget() -> None:
    """Plano's: each warm turn adds 0.03 to the baseline, a move costs 0.47, a quarter may be spent.

    0.25 x 0.03 x k first covers 0.47 at k = 63. The way back to the first model is free then.
    """
    own = session(budget=budget(), tokens=100_000)
    turn = settled(None, EXPENSIVE, own)

    turns = 0
    while turn.model == EXPENSIVE and turns < 100:
        turns += 1
        turn = settled(decode(encode(kept(turn))), PRICEY, own, now=NOW + turns)
        assert 0.03 * turns == pytest.approx(kept(turn).baseline_usd)

    assert 63 == turns
    assert (1, 0.47) == (kept(turn).switches, pytest.approx(kept(turn).switch_spend_usd))

    turn = settled(kept(turn), PRICEY, own, now=NOW + 64)
    assert Reason.SAME_ANCHOR == turn.reason

    turn = settled(kept(turn), EXPENSIVE, own, now=NOW + 65)
    assert (Reason.FREE, 2) == (turn.reason, kept(turn).switches)
    assert (0.03 * 65, 0.47) == (
        pytest.approx(kept(turn).baseline_usd),
        pytest.approx(kept(turn).switch_spend_usd),
    )


def test_without_prices_a_budget_holds_nothing_back() -> None:
    moved = settle(bound(), Proposal(PRICEY), session(budget=budget(0)), NoPrices(), NOW)

    assert (PRICEY, Reason.NO_PRICING) == (moved.model, moved.reason)
