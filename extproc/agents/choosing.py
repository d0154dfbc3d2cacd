"""Which agents a request goes to, in the order of their work."""

import asyncio
import logging
import time
from typing import NamedTuple

import msgspec

from extproc.agents.conversation import Binding, Standing
from extproc.agents.listener import AgentListener
from extproc.config.snapshot import Agent
from extproc.limits import CHAIN_AGENTS_MAX, ROUTING_S
from extproc.llm.request import Request, Role
from extproc.routers.candidate import Choice, Router, Stage
from extproc.routers.conversation import turns

log = logging.getLogger(__name__)


class Chosen(msgspec.Struct, frozen=True, gc=False):
    """The agents of a request, and who chose them."""

    agents: tuple[Agent, ...]
    """At least one; the client gets the last one's answer."""
    stage: Stage
    bound: tuple[str, ...] = ()
    """Ids of those that the conversation is with from now on; none: nobody was to be chosen."""
    reason: str = ""
    """One sentence for people; nothing that was said is in it."""
    ms: float = 0.0
    """Time that choosing took."""


class Before(NamedTuple):
    """Whom the conversation was with."""

    agents: tuple[str, ...]
    agent: Agent
    """The last of them, which answered."""
    standing: Standing


async def choose(
    listener: AgentListener,
    router: Router | None,
    request: Request,
    binding: Binding | None,
    patience_s: float = ROUTING_S,
    *,
    named: bool = False,
) -> Chosen:
    """Ask `router`; where it is not sure, the conversation stays with the agent that it has.

    `named`: the client says which conversation it is. Never raises: without a router, or with one that fails
    or takes longer than `patience_s`, the conversation stays, or goes to the default.
    """
    started = time.perf_counter()
    before = _before(listener, request, binding, named=named)
    chosen = await _choose(listener, router, request, before, patience_s)
    return msgspec.structs.replace(chosen, ms=(time.perf_counter() - started) * 1000)


async def _choose(
    listener: AgentListener,
    router: Router | None,
    request: Request,
    before: Before | None,
    patience_s: float,
) -> Chosen:
    answers_a_tool = _answers_a_tool(request)
    current = before is not None and before.standing is Standing.CURRENT
    if before and current and answers_a_tool:
        return _stays(before, "It answers what this agent asked a tool.")
    choice = await _ask(router, listener, request, patience_s)
    named = tuple(listener.agents[name] for name in dict.fromkeys(choice.names) if name in listener.agents)
    follows = choice.follows and bool(named)
    if before and not choice.sure and (current or not follows):
        return _stays(before, f"The conversation stays. {choice.reason}")
    if not named or (listener.marked and not (choice.sure or follows)):
        return _fallen_back(listener, choice)
    # Of a chain only the last one can have called a tool of the client's; the others have worked.
    agents = named[-1:] if answers_a_tool else named[:CHAIN_AGENTS_MAX]
    return Chosen(agents, choice.stage, tuple(agent.id for agent in agents), choice.reason)


def _before(
    listener: AgentListener, request: Request, binding: Binding | None, *, named: bool
) -> Before | None:
    agent = listener.agents.get(binding.agents[-1]) if binding and binding.agents else None
    if binding is None or agent is None:
        return None
    standing = binding.standing(request, named=named)
    return None if standing is Standing.FOREIGN else Before(binding.agents, agent, standing)


def _stays(before: Before, reason: str) -> Chosen:
    return Chosen((before.agent,), Stage.CONVERSATION, before.agents, reason)


def _fallen_back(listener: AgentListener, choice: Choice) -> Chosen:
    whom = "default" if listener.marked else "first"
    reason = f"None fits surely, so the {whom}: {choice.reason}"
    return Chosen((listener.fallback,), Stage.DEFAULT, (listener.fallback.id,), reason)


def _answers_a_tool(request: Request) -> bool:
    """Whether the newest message is the result of a tool, which only the agent that called it can read."""
    return bool(request.messages) and request.messages[-1].role is Role.TOOL


async def _ask(router: Router | None, listener: AgentListener, request: Request, patience_s: float) -> Choice:
    said = turns(request)
    if router is None or not said:
        return _nobody("There is nobody to ask." if said else "Nothing was said.")
    try:
        async with asyncio.timeout(patience_s):
            return await router.choose(said, listener.candidates)
    except TimeoutError:
        log.warning("listener %s: no choice within %g s", listener.name, patience_s)
    except Exception:
        log.exception("listener %s: the router failed", listener.name)
    return _nobody("The router failed.")


def _nobody(reason: str) -> Choice:
    return Choice((), Stage.DEFAULT, sure=False, reason=reason)
