"""What an answer tells of a conversation: who gave it, how long the prompt was, what it cost.

Between a request and its answer the conversation may have gone on: what is remembered of it by then holds.
"""

import msgspec

from extproc.llm.response import Usage
from extproc.prices.book import Rates
from extproc.sessions.binding import SessionBinding, Visit, visited
from extproc.sessions.cost import CACHE_READ_DISCOUNT, answer_usd


def after(
    binding: SessionBinding,
    model: str,
    usage: Usage | None,
    rates: Rates | None,
    now: float,
    discount: float = CACHE_READ_DISCOUNT,
) -> SessionBinding:
    """`binding` once `model` has answered: the anchor, or the one that took its place when it failed.

    `rates` are that model's. Without `usage` the length of the prompt stays what it was thought to be.
    """
    # All of it is in the cache now, what was read from there and what was written.
    tokens = usage.input_tokens if usage and usage.input_tokens > 0 else binding.cached_tokens
    cost = answer_usd(usage, rates, discount) if usage and rates else 0.0
    return msgspec.structs.replace(
        binding,
        anchor_model=model,
        last_used=int(now),
        cached_tokens=tokens,
        history=visited(binding.history, Visit(model, int(now), tokens)),
        session_cost_usd=binding.session_cost_usd + cost,
    )


def merged(
    stored: SessionBinding | None,
    decided: SessionBinding,
    model: str,
    usage: Usage | None,
    rates: Rates | None,
    now: float,
    discount: float = CACHE_READ_DISCOUNT,
) -> SessionBinding:
    """`stored` once `model` has answered a request that `decided` was kept for.

    ``None``: the store has lost it, so that `decided` is all that is known. Where a later request has moved
    the conversation, or begins otherwise, it stays as that one left it, but for what this answer has cost and
    what `model` now has in its cache.
    """
    if stored is None:
        return after(decided, model, usage, rates, now, discount)
    told = after(stored, model, usage, rates, now, discount)
    if _drifted(stored, decided):
        return msgspec.structs.replace(stored, session_cost_usd=told.session_cost_usd)
    if stored.anchor_model != decided.anchor_model:
        return msgspec.structs.replace(
            stored, history=told.history, session_cost_usd=told.session_cost_usd, last_used=told.last_used
        )
    return told


def _drifted(stored: SessionBinding, decided: SessionBinding) -> bool:
    """Whether what the answer's prompt began with is in no cache of the conversation any more."""
    return None not in (stored.prefix_hash, decided.prefix_hash) and stored.prefix_hash != decided.prefix_hash
