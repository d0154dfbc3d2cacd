"""What an answer tells of a conversation: who gave it, how long the prompt was, what it cost."""

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
