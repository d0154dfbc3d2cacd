"""The routers of a config.

    listener's ``router``    a router model is configured    none is
    embedded                 embedded                        embedded
    model                    the model                       embedded
    cascade                  embedded, unsure: the model     embedded

Preferences are chosen by a cascade. Its model is another one: it has no say among agents.
Where the embedded router cannot run, `Nobody` stands in its place: a cascade then is the model alone.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from extproc.config.snapshot import Listener, RouterKind, Snapshot
from extproc.errors import GatewayError
from extproc.outbound.port import Outbound
from extproc.routers.candidate import Candidate, Candidates, Router
from extproc.routers.cascade import Cascade
from extproc.routers.router_model import RouterModel
from extproc.routing.models import ModelTable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuiltRouters:
    """Who chooses."""

    agents: Mapping[str, Router]
    """By the name of an agent listener that has several agents."""
    preferences: Router
    """Among any preferences: a request may bring its own."""


def build(snapshot: Snapshot, models: ModelTable, outbound: Outbound, embedded: Router) -> BuiltRouters:
    """The routers of `snapshot`; a router model that its `models` do not have is logged and done without."""
    asked = snapshot.router_models
    for_agents = _model(asked.agents, snapshot, models, outbound)
    for_preferences = _model(asked.preferences, snapshot, models, outbound)
    agents = {
        listener.name: _router(listener.router, embedded, for_agents) for listener in _choosing(snapshot)
    }
    return BuiltRouters(agents, _router("cascade", embedded, for_preferences))


def candidates_of(listener: Listener) -> Candidates:
    """The agents among which a listener chooses."""
    return tuple(Candidate(agent.id, agent.description, agent.examples) for agent in listener.agents)


def embeddable(snapshot: Snapshot) -> Iterator[Candidates]:
    """What the embedded router will be asked about, so that it can prepare; nothing: it is not needed."""
    for listener in _choosing(snapshot):
        if listener.router != "model" or snapshot.router_models.agents is None:
            yield candidates_of(listener)
    if snapshot.preferences:
        yield tuple(Candidate(told.name, told.description) for told in snapshot.preferences)


def _choosing(snapshot: Snapshot) -> Iterator[Listener]:
    """Listeners that have a choice."""
    return (
        listener for listener in snapshot.listeners if listener.kind == "agent" and len(listener.agents) > 1
    )


def _router(kind: RouterKind, embedded: Router, model: Router | None) -> Router:
    if model is None or kind == "embedded":
        return embedded
    return model if kind == "model" else Cascade(embedded, model)


def _model(name: str | None, snapshot: Snapshot, models: ModelTable, outbound: Outbound) -> Router | None:
    if name is None:
        return None
    try:
        target = models.resolve(name, None)
    except GatewayError as error:
        log.warning("the router model cannot be asked: %s", error)
        return None
    asked = snapshot.router_models
    return RouterModel(target, outbound, asked.context_tokens, asked.timeout_s)
