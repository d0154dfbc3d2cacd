"""What an answer tells of its conversation, for the budget: how long the prompt is, and what it has cost."""

import msgspec

from extproc.exchange.preferring import Preferred
from extproc.exchange.rules import Rules
from extproc.llm.response import Usage
from extproc.sessions.answered import merged
from extproc.sessions.binding import SessionBinding, decode, encode


class Following(msgspec.Struct, frozen=True, gc=False):
    """A conversation whose next answer is to be looked at."""

    entry: str
    """Its name in the store."""
    binding: SessionBinding
    """As it was kept when the request was sent on."""
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
    """Keep what the answer told, beside what later requests of the conversation have changed meanwhile."""
    sessions, rates = rules.ports.sessions, rules.prices.rate(following.model)
    stored = decode(await sessions.get(following.entry))
    now = rules.ports.clock()
    binding = merged(stored, following.binding, following.model, usage, rates, now, following.discount)
    await sessions.put(following.entry, encode(binding), rules.conversations.keep_s)
