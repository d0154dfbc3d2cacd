"""May a conversation leave the model that has it cached? Plano's routing budget.

A prompt that is in one model's cache is read cheaply there, and at the full price elsewhere. All moves
together may cost so many percent of the *baseline*: what reading the prompt from the cache of the first model
would have cost, had the conversation stayed. A move that is cheaper at once is free, and earns nothing.
"""

from enum import StrEnum
from typing import Final

import msgspec

from extproc.config.snapshot import RoutingBudget
from extproc.sessions.binding import SessionBinding, idle_s
from extproc.sessions.cost import Prices, moving_usd, reading_usd

_PERCENT_MAX: Final = 100.0


class Reason(StrEnum):
    """Why a conversation is where it is; the first five are Plano's."""

    SAME_ANCHOR = "same_anchor"
    """The choice fell on the anchor."""
    FREE = "free"
    """A move that costs nothing, or that no budget limits."""
    WITHIN_CAP = "within_cap"
    """A move that the budget allows."""
    OVER_CAP = "over_cap"
    """A move that the budget does not allow: the conversation stays."""
    NO_PRICING = "no_pricing"
    """A move whose cost nobody knows."""
    PINNED = "pinned"
    """It stays, whatever the choice."""
    NOT_USER_TURN = "not_user_turn"
    """It stays while tools work."""
    NEW = "new"
    COLD = "cold"
    DRIFTED = "drifted"
    """There is nothing to stay for; see `Standing`."""
    NO_SESSION = "no_session"
    """It belongs to no conversation that is known."""


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """The decision about a move, and the books after it."""

    reason: Reason
    baseline_usd: float
    switch_spend_usd: float
    cost_usd: float | None = None
    """Of the move, whether it is made or not; ``None``: unknown, or there is none."""
    ceiling_usd: float | None = None
    """What all moves together might cost."""
    warm_tokens: int = 0
    """Of the prompt, in the cache of the model that it would move to."""

    @property
    def stays(self) -> bool:
        """Whether the conversation is kept from a move."""
        return self.reason is Reason.OVER_CAP

    @property
    def moves(self) -> bool:
        """Whether it goes to another model."""
        return not self.stays and self.reason is not Reason.SAME_ANCHOR


def percent_of(header: str) -> float | None:
    """What a client wants moves to cost at most; anything but a number from 0 to 100 counts as not said."""
    try:
        percent = float(header)
    except ValueError:
        return None
    return percent if "_" not in header and 0 <= percent <= _PERCENT_MAX else None


def in_force(budget: RoutingBudget | None, percent: float | None) -> RoutingBudget | None:
    """The budget of one request, whose client may have its own percentage, even where none is configured."""
    if percent is None:
        return budget
    if budget is None:
        return RoutingBudget(percent)
    return RoutingBudget(
        percent, budget.replenish_on_rebind, budget.cache_read_discount, budget.record_counterfactual
    )


def weigh(
    binding: SessionBinding,
    candidate: str,
    budget: RoutingBudget | None,
    prices: Prices,
    warm_s: float,
    now: float,
) -> Weighed:
    """Whether a warm conversation, with `binding.cached_tokens` in its prompt, may move to `candidate`."""
    baseline, spent = binding.baseline_usd, binding.switch_spend_usd
    if budget is None:
        reason = Reason.SAME_ANCHOR if candidate == binding.anchor_model else Reason.FREE
        return Weighed(reason, baseline, spent)
    tokens, discount = binding.cached_tokens, budget.cache_read_discount
    if default := prices.rate(binding.default_model or binding.anchor_model):
        baseline += reading_usd(tokens, default, discount)
    if candidate == binding.anchor_model:
        return Weighed(Reason.SAME_ANCHOR, baseline, spent)
    ceiling = budget.max_switch_spend_pct / _PERCENT_MAX * baseline
    warm = _warm_tokens(binding, candidate, warm_s, now)
    there, here = prices.rate(candidate), prices.rate(binding.anchor_model)
    if there is None or here is None:
        return Weighed(Reason.NO_PRICING, baseline, spent, None, ceiling, warm)
    cost = moving_usd(tokens, warm, there, here, discount)
    if cost <= 0:
        return Weighed(Reason.FREE, baseline, spent, cost, ceiling, warm)
    if spent + cost <= ceiling:
        return Weighed(Reason.WITHIN_CAP, baseline, spent + cost, cost, ceiling, warm)
    return Weighed(Reason.OVER_CAP, baseline, spent, cost, ceiling, warm)


def _warm_tokens(binding: SessionBinding, candidate: str, warm_s: float, now: float) -> int:
    for visit in binding.history:
        if visit.model == candidate and idle_s(visit.last_used, now) <= warm_s:
            return min(visit.cached_tokens, binding.cached_tokens)
    return 0
