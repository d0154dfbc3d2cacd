"""Where a request goes, once a model was chosen for it and its conversation is known.

The choice looks at what is said and knows nothing of caches. Here it is followed, or the conversation stays
where it is: because it is pinned there, a tool is at work, or the budget does not allow the move.
"""

import msgspec

from extproc.sessions.binding import (
    SessionBinding,
    Standing,
    Visit,
    drifted,
    hash_of,
    idle_s,
    standing,
    visited,
)
from extproc.sessions.budget import Reason, Weighed, weigh
from extproc.sessions.cost import Prices
from extproc.sessions.session import Session


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """What was chosen, by what the request says alone."""

    model: str
    route: str | None = None
    """The preference that fits; ``None``: none does, the model is the one that was asked for."""
    ranked: tuple[str, ...] = ()
    """The preference's models, the best first."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """Where the request goes, why, and what is to be remembered."""

    model: str
    route: str | None
    models: tuple[str, ...]
    """The same model, then those that may answer in its place, in order."""
    reason: Reason
    pinned: bool = False
    """The conversation is warm or stays by its pin: ``pinned`` of ``/routing``."""
    switched: bool = False
    """It goes to another model than before, although it was warm."""
    binding: SessionBinding | None = None
    """To be kept under `Session.entry` for `Policy.keep_s`; ``None``: there is nothing to keep."""
    cost_usd: float | None = None
    """Of the move that was chosen, made or not."""
    ceiling_usd: float | None = None
    """What the conversation's moves may cost together."""
    counterfactual: str | None = None
    """Where it would have gone without a budget, if that is to be recorded."""
    idle_s: float | None = None
    """Since its last request."""


def replay(binding: SessionBinding | None, session: Session, prices: Prices, now: float) -> Settled | None:
    """Where the request goes whatever would be chosen: nobody need be asked. ``None``: somebody must.

    `Settled.models` has the anchor alone: what may answer in its place, its route says.
    """
    if binding is None or session.id is None:
        return None
    reason = Reason.PINNED if _pinned(binding, session, now) else None
    if reason is None and session.user_only and not session.user_turn:
        worth = standing(binding, session.requested, session.keys.prefix, session.warm_s, now)
        reason = Reason.NOT_USER_TURN if worth is Standing.WARM else None
    if reason is None:
        return None
    settled = settle(binding, Proposal(binding.anchor_model, binding.route_name), session, prices, now)
    return msgspec.structs.replace(settled, reason=reason)


def settle(
    binding: SessionBinding | None, proposal: Proposal, session: Session, prices: Prices, now: float
) -> Settled:
    """Where a request goes for which `proposal` was chosen.

    `binding` is what the store has under `Session.entry`. One whose anchor is configured no more is none.
    """
    if session.id is None:
        return Settled(proposal.model, proposal.route, _models(proposal.model, proposal), Reason.NO_SESSION)
    worth = standing(binding, session.requested, session.keys.prefix, session.warm_s, now)
    if binding is None or worth is Standing.NEW:
        return _fresh(None, proposal, session, Reason.NEW, now)
    if worth is Standing.WARM:
        return _warm(binding, proposal, session, prices, now)
    if _pinned(binding, session, now):
        anchor = Proposal(binding.anchor_model, binding.route_name, proposal.ranked)
        return _fresh(binding, anchor, session, Reason.PINNED, now)
    return _fresh(binding, proposal, session, Reason(worth.value), now)


def _pinned(binding: SessionBinding, session: Session, now: float) -> bool:
    if session.pinned_s is None or binding.requested_model != session.requested:
        return False
    # A client that names its conversation means it, whatever has become of the cache.
    lost = not session.keys.explicit and drifted(binding, session.keys.prefix)
    return not lost and idle_s(binding.last_used, now) <= session.pinned_s


def _warm(
    binding: SessionBinding, proposal: Proposal, session: Session, prices: Prices, now: float
) -> Settled:
    tokens = binding.cached_tokens or session.tokens
    known = msgspec.structs.replace(binding, cached_tokens=tokens)
    weighed = weigh(known, proposal.model, session.budget, prices, session.warm_s, now)
    pinned = _pinned(binding, session, now)
    stays = pinned or weighed.stays
    model, route = (binding.anchor_model, binding.route_name) if stays else (proposal.model, proposal.route)
    moved = weighed.moves and not stays
    kept = _kept(binding, model, route, session, now)
    return Settled(
        model,
        route,
        _models(model, proposal),
        Reason.PINNED if pinned and weighed.moves else weighed.reason,
        pinned=True,
        switched=moved,
        binding=msgspec.structs.replace(
            kept,
            default_model=binding.default_model or binding.anchor_model,
            baseline_usd=weighed.baseline_usd,
            switch_spend_usd=weighed.switch_spend_usd,
            switches=binding.switches + moved,
        ),
        cost_usd=weighed.cost_usd,
        ceiling_usd=weighed.ceiling_usd,
        counterfactual=_counterfactual(weighed, proposal, session),
        idle_s=idle_s(binding.last_used, now),
    )


def _fresh(
    binding: SessionBinding | None, proposal: Proposal, session: Session, reason: Reason, now: float
) -> Settled:
    """Nothing is lost by going anywhere: the books begin anew, unless the budget says that they go on."""
    kept = _kept(binding, proposal.model, proposal.route, session, now)
    default, baseline, spent = proposal.model, 0.0, 0.0
    if binding is not None and session.budget is not None and not session.budget.replenish_on_rebind:
        default = binding.default_model or default
        baseline, spent = binding.baseline_usd, binding.switch_spend_usd
    return Settled(
        proposal.model,
        proposal.route,
        _models(proposal.model, proposal),
        reason,
        pinned=reason is Reason.PINNED,
        binding=msgspec.structs.replace(
            kept, default_model=default, baseline_usd=baseline, switch_spend_usd=spent
        ),
        idle_s=None if binding is None else idle_s(binding.last_used, now),
    )


def _kept(
    binding: SessionBinding | None, model: str, route: str | None, session: Session, now: float
) -> SessionBinding:
    """The binding after this request, without its books."""
    tokens, cost = session.tokens, 0.0
    history: tuple[Visit, ...] = ()
    if binding is not None:
        tokens = tokens or binding.cached_tokens
        history = () if drifted(binding, session.keys.prefix) else binding.history
        cost = binding.session_cost_usd
    return SessionBinding(
        anchor_model=model,
        requested_model=session.requested,
        last_used=int(now),
        route_name=route,
        prefix_hash=hash_of(session.keys.prefix),
        cached_tokens=tokens,
        history=visited(history, Visit(model, int(now), tokens)),
        session_cost_usd=cost,
    )


def _models(model: str, proposal: Proposal) -> tuple[str, ...]:
    return (model, *(other for other in proposal.ranked if other != model))


def _counterfactual(weighed: Weighed, proposal: Proposal, session: Session) -> str | None:
    if not weighed.stays or session.budget is None or not session.budget.record_counterfactual:
        return None
    return f"{proposal.model} ({proposal.route})" if proposal.route else proposal.model
