"""What an exchange needs of a listener of agents, made once from the config."""

from collections.abc import Mapping
from dataclasses import dataclass

from extproc.config.snapshot import Agent, AgentUpstream, Listener, Snapshot
from extproc.routers.build import candidates_of
from extproc.routers.candidate import Candidates


@dataclass(frozen=True, slots=True)
class AgentListener:
    """A listener and its agents."""

    name: str
    agents: Mapping[str, Agent]
    """By id, in the listener's order."""
    candidates: Candidates
    fallback: Agent
    """Whoever works when none fits: the one marked ``default``, else the first."""
    marked: bool
    """One is marked, so that it works where none fits surely."""
    concat: bool
    """The client gets the answers of all agents of a chain, not only the last one's."""
    skips: bool
    """An agent that fails before the last one is left out, and the request goes on."""

    @property
    def only(self) -> Agent | None:
        """The listener's agent, where it has but one."""
        return self.fallback if len(self.agents) == 1 else None


def agent_listeners(snapshot: Snapshot) -> Mapping[str, AgentListener]:
    """Those of `snapshot`, by name."""
    agents = {agent.id: agent for agent in snapshot.agents}
    return {listener.name: _listener(listener, agents) for listener in snapshot.listeners if listener.agents}


def upstream_of(agent: Agent) -> AgentUpstream:
    """How Envoy reaches `agent`; every agent that a config names has it."""
    if agent.upstream is None:
        raise LookupError(f"agent {agent.id} has no upstream")
    return agent.upstream


def path_of(agent: Agent) -> str:
    """Where `agent` takes requests."""
    return f"{agent.base_path}/v1/chat/completions"


def _listener(listener: Listener, agents: Mapping[str, Agent]) -> AgentListener:
    marked = next((entry for entry in listener.agents if entry.default), None)
    return AgentListener(
        name=listener.name,
        agents={entry.id: agents[entry.id] for entry in listener.agents},
        candidates=candidates_of(listener),
        fallback=agents[(marked or listener.agents[0]).id],
        marked=marked is not None,
        concat=listener.chain == "concat",
        skips=listener.on_agent_error == "skip",
    )
