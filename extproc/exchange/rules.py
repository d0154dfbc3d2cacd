"""What an exchange needs of the configuration, computed once when it loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from extproc.agents.listener import AgentListener, agent_listeners
from extproc.config.snapshot import Snapshot
from extproc.exchange.ports import Ports
from extproc.exchange.preferences import Preferences, configured
from extproc.limits import CACHED_TOKENS_MIN, ROUTER_MODEL_S, ROUTING_S
from extproc.prices.book import Book
from extproc.routers.candidate import Router
from extproc.routing.fallback import FallbackTable
from extproc.routing.models import ModelTable
from extproc.sessions.policy import Policy

if TYPE_CHECKING:  # it needs this module itself
    from extproc.exchange.ranked import Ranked


@dataclass(frozen=True, slots=True)
class Routers:
    """Who chooses."""

    agents: Mapping[str, Router] = field(default_factory=dict)
    """By the name of an agent listener that has several agents."""
    preferences: Router | None = None
    """Among routing preferences, those that a request brings along too."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A snapshot and the tables made from it. An exchange keeps the rules it began with to its end."""

    snapshot: Snapshot
    models: ModelTable
    body_bytes_max: Mapping[str, int]
    """``max_body_bytes`` by the name of the listener."""
    agents: Mapping[str, AgentListener]
    """Listeners of agents by name; every other one is of models."""
    health: bytes
    """Body of ``GET /healthz``."""
    ports: Ports
    routers: Routers
    preferences: Preferences | None
    """The config's own; a request may bring others."""
    prices: Book
    """Filled by whoever reads the sources, while exchanges go on."""
    conversations: Policy
    """How long they are kept together."""
    routing_s: float
    """Time that a choice may take."""
    marked_tokens_min: int | None
    """Least length of a prompt that is marked for its provider's cache; ``None``: none is."""
    fallback: FallbackTable
    """Second choices."""
    ranked: dict[tuple[str, bool, str, str], "Ranked | None"] = field(default_factory=dict)
    """What `ranked` has worked out of them: few enough to be kept."""

    @classmethod
    def of(cls, snapshot: Snapshot, ports: Ports | None = None, routers: Routers | None = None) -> "Rules":
        """Compute the tables; without `routers`, nothing is chosen by what a request says."""
        limits = {listener.name: listener.max_body_bytes for listener in snapshot.listeners}
        health = {"status": "ok", "config": {"generation": snapshot.generation, "error": None}}
        models = ModelTable(snapshot)
        return cls(
            snapshot,
            models,
            limits,
            agent_listeners(snapshot),
            msgspec.json.encode(health),
            ports or Ports(),
            routers or Routers(),
            configured(snapshot, models),
            Book.of(snapshot),
            Policy.of(snapshot),
            _routing_s(snapshot),
            _marked_tokens_min(snapshot),
            FallbackTable(snapshot, models),
        )


def _routing_s(snapshot: Snapshot) -> float:
    """What a router keeps to by itself, and more."""
    asked = snapshot.router_models
    nobody = asked.agents is None and asked.preferences is None
    return ROUTING_S + (0.0 if nobody else max(0.0, asked.timeout_s - ROUTER_MODEL_S))


def _marked_tokens_min(snapshot: Snapshot) -> int | None:
    caching = snapshot.prompt_caching
    if caching is None or not caching.inject_cache_control:
        return None
    return max(caching.min_prefix_tokens, CACHED_TOKENS_MIN)
