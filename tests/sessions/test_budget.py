"""May a conversation leave its cache? Each row was computed by hand from the formulas in its comment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.config.snapshot import RoutingBudget
from extproc.prices.book import Rates
from extproc.sessions.binding import SessionBinding
from extproc.sessions.budget import Reason, in_force, percent_of, weigh
from tests.sessions.asking import CHEAP, EXPENSIVE, NOW, PRICES, PRICEY, Prices, bound, budget, visit

PLAIN = "mistral/plain"
SAME, FREE, WITHIN, OVER, UNPRICED = (
    Reason.SAME_ANCHOR,
    Reason.FREE,
    Reason.WITHIN_CAP,
    Reason.OVER_CAP,
    Reason.NO_PRICING,
)

PLANOS = [
    # Baseline 2.00 + 0.03 = 2.03, ceiling 0.5075; 100k x (5.0 - 0.3) = 0.47
    (bound(baseline_usd=2.0), PRICEY, budget(), WITHIN, 2.03, 0.47),
    # Baseline 1.03, ceiling 0.2575 < 0.47
    (bound(baseline_usd=1.0), PRICEY, budget(), OVER, 1.03, 0.0),
    # 100k x (0.1 - 0.3) < 0: free, and earns nothing
    (bound(baseline_usd=1.0, switch_spend_usd=0.1), CHEAP, budget(), FREE, 1.03, 0.1),
    # The baseline is the first model's: 100k x 0.3, not 100k x 0.01
    (bound(CHEAP, default_model=EXPENSIVE, switches=1), CHEAP, budget(), SAME, 0.03, 0.0),
    # Back to a model that still has it: 100k x (0.5 - 0.3) = 0.02 <= 0.25 x 0.43
    (bound(baseline_usd=0.4, history=(visit(PRICEY),)), PRICEY, budget(), WITHIN, 0.43, 0.02),
]
OURS = [
    # The same budget spent to the last cent: 0.25 x (1.85 + 0.03) = 0.47
    (bound(baseline_usd=1.8500001), PRICEY, budget(), WITHIN, 1.8800001, 0.47),
    (bound(baseline_usd=1.84), PRICEY, budget(), OVER, 1.87, 0.0),
    # What was spent before counts: 0.04 + 0.47 = 0.51 > 0.5075 = 0.25 x 2.03
    (bound(baseline_usd=2.0, switch_spend_usd=0.04), PRICEY, budget(), OVER, 2.03, 0.04),
    (bound(baseline_usd=2.0, switch_spend_usd=0.03), PRICEY, budget(), WITHIN, 2.03, 0.5),
    # 0 %: nothing that costs
    (bound(baseline_usd=99.0), PRICEY, budget(0), OVER, 99.03, 0.0),
    (bound(baseline_usd=99.0), CHEAP, budget(0), FREE, 99.03, 0.0),
    # 100 %: 0.44 + 0.03 = 0.47 just covers 0.47
    (bound(baseline_usd=0.4400001), PRICEY, budget(100), WITHIN, 0.4700001, 0.47),
    (bound(baseline_usd=0.43), PRICEY, budget(100), OVER, 0.46, 0.0),
    # An early conversation: ctx 2k; baseline 2k x 0.3 = 0.0006; 2k x 4.7 = 0.0094 > 0.00015
    (bound(cached_tokens=2_000), PRICEY, budget(), OVER, 0.0006, 0.0),
    # No price for cached tokens: 3.0 x 0.1 here; 100k x (2.0 - 0.3) = 0.17 <= 0.25 x 1.03 = 0.2575
    (bound(baseline_usd=1.0), PLAIN, budget(), WITHIN, 1.03, 0.17),
    # From there: 100k x (3.0 - 0.2) = 0.28 > 0.25 x (1.0 + 0.02) = 0.255
    (bound(PLAIN, baseline_usd=1.0), EXPENSIVE, budget(), OVER, 1.02, 0.0),
    # Cached tokens at half the price there: 100k x (3.0 - 1.0) = 0.2 <= 0.25 x (1.0 + 0.1) = 0.275
    (bound(PLAIN, baseline_usd=1.0), EXPENSIVE, budget(cache_read_discount=0.5), WITHIN, 1.1, 0.2),
    # It has 60k of 100k: 40k x 5.0 + 60k x 0.5 - 100k x 0.3 = 0.2 <= 0.25 x 0.83 = 0.2075
    (bound(baseline_usd=0.8, history=(visit(PRICEY, tokens=60_000),)), PRICEY, budget(), WITHIN, 0.83, 0.2),
    # It has more than there is, the conversation was shortened: 100k x (0.5 - 0.3) = 0.02
    (bound(baseline_usd=0.4, history=(visit(PRICEY, tokens=900_000),)), PRICEY, budget(), WITHIN, 0.43, 0.02),
    # It has it no more: 0.47 > 0.25 x 0.43
    (bound(baseline_usd=0.4, history=(visit(PRICEY, idle=301),)), PRICEY, budget(), OVER, 0.43, 0.0),
    # Another's visit is of no use
    (bound(baseline_usd=0.4, history=(visit(CHEAP),)), PRICEY, budget(), OVER, 0.43, 0.0),
    # Back to the first model, from a dearer one: 100k x (0.3 - 0.5) < 0
    (
        bound(
            PRICEY,
            default_model=EXPENSIVE,
            baseline_usd=1.0,
            switch_spend_usd=0.2,
            history=(visit(EXPENSIVE),),
        ),
        EXPENSIVE,
        budget(),
        FREE,
        1.03,
        0.2,
    ),
    # A binding without a first model has its anchor for one
    (bound(default_model=""), EXPENSIVE, budget(), SAME, 0.03, 0.0),
    # Nobody knows what the candidate costs, or the anchor, or the first model
    (bound(baseline_usd=1.0), "x/new", budget(), UNPRICED, 1.03, 0.0),
    (bound("x/new", default_model=EXPENSIVE), PRICEY, budget(), UNPRICED, 0.03, 0.0),
    (bound("x/new"), "x/new", budget(), SAME, 0.0, 0.0),
    (bound(default_model="x/new"), PRICEY, budget(), OVER, 0.0, 0.0),
    # Without a budget the choice is followed and no books are kept
    (bound(baseline_usd=1.0), PRICEY, None, FREE, 1.0, 0.0),
    (bound(baseline_usd=1.0), EXPENSIVE, None, SAME, 1.0, 0.0),
]


@pytest.mark.parametrize(("binding", "candidate", "allowed", "reason", "baseline", "spent"), [*PLANOS, *OURS])
def test_a_move_is_weighed_against_the_budget(
    binding: SessionBinding,
    candidate: str,
    allowed: RoutingBudget | None,
    reason: Reason,
    baseline: float,
    spent: float,
) -> None:
    weighed = weigh(binding, candidate, allowed, PRICES, 300.0, NOW)

    assert reason == weighed.reason
    assert (baseline, spent) == (pytest.approx(weighed.baseline_usd), pytest.approx(weighed.switch_spend_usd))


def test_what_was_weighed_can_be_told() -> None:
    """For traces."""
    binding = bound(baseline_usd=0.4, history=(visit(PRICEY, tokens=60_000),))
    weighed = weigh(binding, PRICEY, budget(), PRICES, 300.0, NOW)

    assert (0.2, 0.1075, 60_000) == (
        pytest.approx(weighed.cost_usd),
        pytest.approx(weighed.ceiling_usd),
        weighed.warm_tokens,
    )
    assert weighed.stays
    assert not weighed.moves


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("20", 20.0),
        ("0", 0.0),
        ("100", 100.0),
        ("12.5", 12.5),
        (" 5 ", 5.0),
        *((wrong, None) for wrong in ("", "-1", "100.1", "20%", "nan", "inf", "1_0", "half", "0x10")),
    ],
)
def test_a_clients_percentage_is_a_number_from_0_to_100_or_is_ignored(
    header: str, expected: float | None
) -> None:
    assert expected == percent_of(header)


def test_a_clients_percentage_takes_the_place_of_the_configured_one_alone() -> None:
    configured = RoutingBudget(
        10, replenish_on_rebind=False, cache_read_discount=0.2, record_counterfactual=True
    )

    assert configured == in_force(configured, None)
    assert RoutingBudget(30, False, 0.2, True) == in_force(configured, 30)


def test_a_clients_percentage_is_a_budget_by_itself() -> None:
    assert RoutingBudget(30) == in_force(None, 30)
    assert in_force(None, None) is None


MONEY = st.floats(0, 100)
RATES = st.builds(Rates, MONEY, MONEY, st.none() | MONEY)


@given(
    st.integers(0, 1_000_000),
    MONEY,
    MONEY,
    st.floats(0, 100),
    RATES,
    RATES,
    st.integers(0, 1_000_000),
)
def test_moves_never_cost_more_than_the_budget(
    tokens: int, baseline: float, spent: float, pct: float, here: Rates, there: Rates, warm: int
) -> None:
    """The promise, over any prices and any past: what is spent is what was, or within the ceiling."""
    binding = bound(
        "a",
        cached_tokens=tokens,
        baseline_usd=baseline,
        switch_spend_usd=spent,
        history=(visit("b", tokens=warm),),
    )

    weighed = weigh(binding, "b", budget(pct), Prices({"a": here, "b": there}), 300.0, NOW)

    assert weighed.reason in (FREE, WITHIN, OVER)
    assert weighed.baseline_usd >= baseline
    assert weighed.switch_spend_usd == spent or weighed.switch_spend_usd <= pct / 100 * weighed.baseline_usd
