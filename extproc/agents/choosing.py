"""Which agents a request goes to, in the order of their work."""

import asyncio
import logging
import time

import msgspec

from extproc.agents.conversation import Binding
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
    binding: Binding | None = None
    """What to remember of the conversation."""
    reason: str = ""
    """One sentence for people; nothing that was said is in it."""
    ms: float = 0.0
    """Time that choosing took."""


async def choose(
    listener: AgentListener,
    router: Router | None,
    request: Request,
    binding: Binding | None,
    patience_s: float = ROUTING_S,
) -> Chosen:
    """Ask `router`; where it is not sure, the conversation stays with the agent that it has.

    Never raises: without a router, or with one that fails or takes longer than `patience_s`, the conversation
    stays, or goes to the default.
    """
    started = time.perf_counter()
    chosen = await _choose(listener, router, request, binding, patience_s)
    return msgspec.structs.replace(chosen, ms=(time.perf_counter() - started) * 1000)


async def _choose(
    listener: AgentListener,
    router: Router | None,
    request: Request,
    binding: Binding | None,
    patience_s: float,
) -> Chosen:
    bound = listener.agents.get(binding.agents[-1]) if binding and binding.agents else None
    if binding and bound and _answers_a_tool(request):
        return Chosen((bound,), Stage.CONVERSATION, binding, "It answers what this agent asked a tool.")
    choice = await _ask(router, listener, request, patience_s)
    if binding and bound and not choice.sure:
        return Chosen((bound,), Stage.CONVERSATION, binding, f"The conversation stays. {choice.reason}")
    named = tuple(listener.agents[name] for name in dict.fromkeys(choice.names) if name in listener.agents)
    agents = named[:CHAIN_AGENTS_MAX] or (listener.fallback,)
    stage = choice.stage if named else Stage.DEFAULT
    return Chosen(agents, stage, Binding(tuple(agent.id for agent in agents)), choice.reason)


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
