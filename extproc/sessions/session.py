"""One request's conversation: what it is called, and which rules hold for it."""

from typing import Final

import msgspec

from extproc.config.snapshot import RoutingBudget
from extproc.limits import CACHE_WARM_S
from extproc.llm.request import Request
from extproc.sessions import budget, keys
from extproc.sessions.estimate import prompt_tokens
from extproc.sessions.keys import NO_KEYS, Keys
from extproc.sessions.policy import Policy, Wishes
from extproc.sessions.turns import is_user_turn


class Session(msgspec.Struct, frozen=True, gc=False):
    """What is known of a conversation before its binding is read."""

    keys: Keys = NO_KEYS
    requested: str = ""
    """The model that the client asks for, its alias resolved."""
    tokens: int = 0
    """Length of the prompt, estimated."""
    user_turn: bool = True
    """A person has just spoken."""
    user_only: bool = False
    """While none has, the conversation stays where it is warm."""
    budget: RoutingBudget | None = None
    """What moves may cost."""
    pinned_s: float | None = None
    """Idle time for which it stays at its model whatever the choice; ``None``: it does not."""
    warm_s: float = CACHE_WARM_S

    @property
    def id(self) -> str | None:
        """As clients are told it; ``None``: it belongs to no conversation that is known."""
        return self.keys.session

    @property
    def entry(self) -> str | None:
        """Under what the store has its binding."""
        return self.keys.entry(self.requested)


NO_SESSION: Final = Session()


def session_of(request: Request, requested: str, wishes: Wishes, policy: Policy, *, routed: bool) -> Session:
    """The conversation of `request`; `routed`: preferences choose its model."""
    if not policy.concerns(wishes, routed=routed):
        return NO_SESSION
    own = keys.of(request, wishes.tenant, wishes.affinity, cached=wishes.cached)
    allowed = budget.in_force(policy.budget, wishes.switch_spend_pct)
    named = own.explicit or policy.knows_unnamed(wishes, routed=routed)
    if not named:
        return Session(Keys(None, own.prefix, tenant=own.tenant), requested)
    return Session(
        keys=own,
        requested=requested,
        tokens=prompt_tokens(request),
        user_turn=is_user_turn(request),
        user_only=policy.user_only,
        budget=allowed,
        pinned_s=None if allowed else _pinned_s(own, policy),
        warm_s=policy.warm_s,
    )


def _pinned_s(own: Keys, policy: Policy) -> float | None:
    if own.explicit:
        return policy.ttl_s
    return policy.warm_s if policy.pins_implicitly else None
