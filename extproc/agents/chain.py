"""The agents before the last one of a chain: each is asked in turn, and hears what those before it said."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from extproc.agents.answer import text_of
from extproc.agents.body import OpenBody, Said
from extproc.agents.listener import path_of, upstream_of
from extproc.config.snapshot import Agent
from extproc.errors import AgentFailed
from extproc.limits import AGENT_S, CHAIN_S
from extproc.outbound.port import Outbound, OutboundError

log = logging.getLogger(__name__)


class Sent(NamedTuple):
    """Headers of the requests."""

    headers: Mapping[str, str]
    """For all."""
    credentials: Mapping[str, str]
    """The client's own; for agents with ``passthrough_auth`` alone."""

    def to(self, agent: Agent) -> Mapping[str, str]:
        """Those for `agent`."""
        return {**self.headers, **self.credentials} if agent.passthrough_auth else self.headers


class Work(NamedTuple):
    """What came of it."""

    said: tuple[Said, ...] = ()
    skipped: tuple[str, ...] = ()
    """Ids of those that failed and were left out."""


async def ask_in_turn(
    agents: Sequence[Agent],
    body: OpenBody,
    sent: Sent,
    outbound: Outbound,
    *,
    skips: bool,
    budget_s: float = CHAIN_S,
) -> Work:
    """What `agents` said. It takes no longer than `budget_s`.

    Raises `AgentFailed` for the first that fails; with `skips` such a one is left out.
    """
    ends = time.monotonic() + budget_s
    said: list[Said] = []
    skipped: list[str] = []
    for agent in agents:
        try:
            text = await _ask(agent, body.unstreamed(said), sent, outbound, ends - time.monotonic())
        except AgentFailed as failure:
            if not skips:
                raise
            log.warning("request %s, skipped: %s", sent.headers.get("x-request-id", "?"), failure.message)
            skipped.append(agent.id)
        else:
            said.append(Said(agent.id, text))
    return Work(tuple(said), tuple(skipped))


async def _ask(agent: Agent, body: bytes, sent: Sent, outbound: Outbound, left_s: float) -> str:
    if left_s <= 0:
        raise AgentFailed(agent.id, "no time was left for it")
    cluster, path = upstream_of(agent).cluster, path_of(agent)
    try:
        answered = await outbound.post(cluster, path, sent.to(agent), body, min(AGENT_S, left_s))
    except OutboundError as error:
        raise AgentFailed(agent.id, str(error)) from error
    return await text_of(agent.id, answered)
