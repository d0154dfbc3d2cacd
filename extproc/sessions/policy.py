"""How long conversations are kept together, and what a client may ask of that."""

from collections.abc import Callable
from typing import Final

import msgspec

from extproc import headers as names
from extproc.config.snapshot import RoutingBudget, Snapshot
from extproc.limits import CACHE_WARM_S
from extproc.sessions.budget import percent_of

_OFF: Final = "off"


class Wishes(msgspec.Struct, frozen=True, gc=False):
    """What a request's headers say about its conversation."""

    affinity: str = ""
    """The client's id for it."""
    cached: bool = True
    """Not ``x-plano-cache: off``."""
    switch_spend_pct: float | None = None
    """The client's own budget."""
    tenant: str = ""
    """Conversations of different tenants have nothing in common."""

    @classmethod
    def of(cls, header: Callable[[str], str], tenant_header: str | None) -> "Wishes":
        """Read them; `header` gives a header's text, ``""`` where there is none."""
        return cls(
            affinity=header(names.MODEL_AFFINITY).strip(),
            cached=header(names.CACHE).strip().lower() != _OFF,
            switch_spend_pct=percent_of(header(names.MAX_SWITCH_SPEND_PCT)),
            tenant=header(tenant_header).strip() if tenant_header else "",
        )


class Policy(msgspec.Struct, frozen=True):
    """What the configuration says about conversations, once for all requests."""

    warm_s: float = CACHE_WARM_S
    """Idle time for which a prompt is thought to be in a provider's cache."""
    ttl_s: float = 600.0
    """Idle time for which a conversation named by its client stays at its model."""
    pins_implicitly: bool = False
    """Whether one that no client named stays at its model while it is warm."""
    user_only: bool = False
    """Whether a model is chosen only when a person has spoken."""
    prefixes: bool = False
    """Whether a provider's replica is chosen by what a prompt begins with."""
    budget: RoutingBudget | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Policy":
        """Of a configuration."""
        caching, sessions = snapshot.prompt_caching, snapshot.sessions
        warm_s = CACHE_WARM_S
        if caching is not None and caching.session_ttl_s is not None:
            warm_s = caching.session_ttl_s
        return cls(
            warm_s=warm_s,
            ttl_s=sessions.ttl_s,
            pins_implicitly=caching is not None and caching.session_affinity,
            user_only=sessions.route_on_user_only,
            prefixes=any(provider.prefix_affinity for provider in snapshot.providers),
            budget=sessions.budget,
        )

    @property
    def keep_s(self) -> float:
        """How long the store keeps a binding."""
        return max(self.ttl_s, self.warm_s)

    def knows_unnamed(self, wishes: Wishes, *, routed: bool) -> bool:
        """Whether a conversation is recognised without the client's help; `routed`: there are preferences."""
        if not wishes.cached:
            return False
        budgeted = self.budget is not None or wishes.switch_spend_pct is not None
        return self.pins_implicitly or budgeted or (self.user_only and routed)

    def concerns(self, wishes: Wishes, *, routed: bool) -> bool:
        """Whether a request's conversation matters at all: if not, nothing of its body is needed here."""
        return bool(wishes.affinity) or self.prefixes or self.knows_unnamed(wishes, routed=routed)
