"""The agents before the last one of a chain: each is asked in turn, and hears what those before it said."""

import logging
import time
from collections.abc import Mapping, Sequence

from extproc.agents.answer import text_of
from extproc.agents.body import OpenBody, Said
from extproc.agents.listener import path_of, upstream_of
from extproc.config.snapshot import Agent
from extproc.errors import AgentFailed
from extproc.limits import AGENT_S, CHAIN_S
from extproc.outbound.port import Outbound, OutboundError

log = logging.getLogger(__name__)


async def ask_in_turn(
    agents: Sequence[Agent], body: OpenBody, headers: Mapping[str, str], outbound: Outbound, *, skips: bool
) -> tuple[Said, ...]:
    """What `agents` said. It takes no longer than `CHAIN_S`.

    Raises `AgentFailed` for the first that fails; with `skips` such a one is left out.
    """
    ends = time.monotonic() + CHAIN_S
    said: list[Said] = []
    for agent in agents:
        try:
            text = await _ask(agent, body.unstreamed(said), headers, outbound, ends - time.monotonic())
        except AgentFailed as failure:
            if not skips:
                raise
            log.warning("skipped: %s", failure.message)
        else:
            said.append(Said(agent.id, text))
    return tuple(said)


async def _ask(
    agent: Agent, body: bytes, headers: Mapping[str, str], outbound: Outbound, left_s: float
) -> str:
    if left_s <= 0:
        raise AgentFailed(agent.id, f"the agents before it took all of the {CHAIN_S:g} s there are")
    cluster, path = upstream_of(agent).cluster, path_of(agent)
    try:
        answered = await outbound.post(cluster, path, headers, body, min(AGENT_S, left_s))
    except OutboundError as error:
        raise AgentFailed(agent.id, str(error)) from error
    return await text_of(agent.id, answered)
