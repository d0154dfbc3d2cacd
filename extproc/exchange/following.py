"""What an answer tells of its conversation, for the budget: how long the prompt is, and what it has cost."""

import msgspec

from extproc.exchange.preferring import Preferred
from extproc.exchange.rules import Rules
from extproc.llm.response import Usage
from extproc.sessions.answered import after
from extproc.sessions.binding import SessionBinding, encode


class Following(msgspec.Struct, frozen=True, gc=False):
    """A conversation whose next answer is to be looked at."""

    entry: str
    """Its name in the store."""
    binding: SessionBinding
    model: str
    """The one that answers, by its full name."""
    discount: float
    """`RoutingBudget.cache_read_discount`."""


def following(preferred: Preferred) -> Following | None:
    """``None``: no budget is in force, so nobody needs to know."""
    session, settled = preferred.session, preferred.settled
    if session.budget is None or session.entry is None or settled.binding is None:
        return None
    return Following(session.entry, settled.binding, settled.model, session.budget.cache_read_discount)


async def learn(following: Following, usage: Usage, rules: Rules) -> None:
    """Keep what the answer told."""
    rates, now = rules.prices.rate(following.model), rules.ports.clock()
    binding = after(following.binding, following.model, usage, rates, now, following.discount)
    await rules.ports.sessions.put(following.entry, encode(binding), rules.conversations.keep_s)
