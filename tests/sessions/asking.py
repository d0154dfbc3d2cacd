"""Short ways to write requests, prices and bindings."""

from collections.abc import Mapping
from typing import Any

from extproc.config.snapshot import RoutingBudget
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.llm.request import Request
from extproc.prices.book import Rates
from extproc.sessions.binding import SessionBinding, Visit
from extproc.sessions.keys import Keys
from extproc.sessions.session import Session

NOW = 1_800_000_000
PREFIX = "00000000000000ff"
EXPENSIVE, PRICEY, CHEAP = "anthropic/expensive", "openai/pricey", "google/cheap"


class Prices:
    """A table."""

    def __init__(self, rates: Mapping[str, Rates]) -> None:
        self._rates = rates

    def rate(self, model: str) -> Rates | None:
        return self._rates.get(model)


PRICES = Prices(
    {
        EXPENSIVE: Rates(3.0, 15.0, 0.3),
        PRICEY: Rates(5.0, 15.0, 0.5),
        CHEAP: Rates(0.1, 0.4, 0.01),
        # Its list has no price for cached tokens: 0.2 with the default discount.
        "mistral/plain": Rates(2.0, 6.0),
    }
)


def asked(api: Api, body: dict[str, Any]) -> Request:
    """A request as a client writes it."""
    return CLIENT_DIALECTS[api].read_request({"model": "m", **body})


def chat(*messages: dict[str, Any], tools: tuple[str, ...] = ()) -> Request:
    body: dict[str, Any] = {"messages": list(messages)}
    if tools:
        body["tools"] = [{"type": "function", "function": {"name": name}} for name in tools]
    return asked(Api.CHAT, body)


def system(content: Any) -> dict[str, Any]:
    return {"role": "system", "content": content}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def budget(pct: float = 25.0, **others: Any) -> RoutingBudget:
    return RoutingBudget(pct, **others)


def bound(anchor: str = EXPENSIVE, *, idle: float = 30, **others: Any) -> SessionBinding:
    """A conversation of 100,000 tokens that began at `anchor`."""
    values: dict[str, Any] = {
        "requested_model": "lane",
        "last_used": NOW - int(idle),
        "default_model": anchor,
        "prefix_hash": int(PREFIX, 16),
        "cached_tokens": 100_000,
    }
    return SessionBinding(anchor, **(values | others))


def visit(model: str, *, idle: float = 30, tokens: int = 100_000) -> Visit:
    return Visit(model, NOW - int(idle), tokens)


def session(**others: Any) -> Session:
    """A conversation that is known by its beginning."""
    values: dict[str, Any] = {"keys": Keys("implicit:1", PREFIX), "requested": "lane"}
    return Session(**(values | others))


def named(**others: Any) -> Session:
    """A conversation that its client named, and that stays at its model for 600 s."""
    return session(**({"keys": Keys("mine", PREFIX, explicit=True), "pinned_s": 600.0} | others))
