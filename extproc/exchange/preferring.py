"""Which model answers a request that preferences are for.

conversation ─▶ its model stays, whatever was said            ─▶ that one
             ─▶ a router names the kind of task ─▶ ranked     ─▶ the best one, if the conversation may move

Nothing here fails a request: where nobody can say, the requested model answers.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

import msgspec

from extproc.errors import GatewayError
from extproc.exchange.hearing import Heard
from extproc.exchange.messages import Metadata, Wait
from extproc.exchange.preferences import Kind, Preferences, full_name
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.limits import EXT_PROC_MESSAGE_TIMEOUT_S, ROUTING_S
from extproc.routers.candidate import Choice, Stage
from extproc.routing.models import Target
from extproc.sessions.binding import SessionBinding, decode, encode
from extproc.sessions.budget import Reason
from extproc.sessions.session import Session
from extproc.sessions.settling import Proposal, Settled, replay, settle

log = logging.getLogger(__name__)

_STAYS: Final = Choice((), Stage.CONVERSATION, sure=True, reason="The conversation stays at its model.")
_NOWHERE: Final = Settled("", None, (), Reason.NO_SESSION)
_NOBODY: Final = Choice((), Stage.DEFAULT, sure=False, reason="There is nobody to ask.")
_NOT_UNDERSTOOD: Final = Choice(
    (), Stage.DEFAULT, sure=False, reason="The body is not what its API says: nobody is asked about it."
)


class Preferred(msgspec.Struct, frozen=True, gc=False):
    """Where a request goes, and why."""

    targets: tuple[Target, ...]
    """The first choice first. At least one, if the requested model is there."""
    names: tuple[str, ...]
    """The same as the preference writes them."""
    choice: Choice
    settled: Settled
    session: Session

    @property
    def told(self) -> Metadata:
        """For the access log."""
        told: dict[str, str | bool | float] = {
            "routed_by": self.choice.stage.value,
            "routing_ms": round(self.choice.ms, 3),
            "routing_reason": self.choice.reason,
        }
        if self.settled.route is not None:
            told["route"] = self.settled.route
        if self.session.id is not None:
            told["session_reason"] = self.settled.reason.value
        if self.settled.counterfactual is not None:
            told["counterfactual"] = self.settled.counterfactual
        return told


async def prefer(
    stream: Stream, heard: Heard, requested: Target | None, preferences: Preferences, rules: Rules
) -> Preferred:
    """The targets of a request for the model `requested`; ``None``: it is unknown. Raises `Overtaken`."""
    table = dict(preferences.targets)
    if requested is not None:
        table[full_name(requested)] = requested
    session, now = heard.session, rules.ports.clock()
    binding = await _binding(session, table, rules)
    choice, settled = _STAYS, replay(binding, session, rules.prices, now)
    if settled is None:
        choice = await _asked(stream, heard, preferences, rules)
        # Another request of the conversation may have bound it while the router was thinking.
        binding = await _binding(session, table, rules) or binding
        proposal = _proposal(choice, requested, preferences, rules)
        settled = settle(binding, proposal, session, rules.prices, now) if proposal else _NOWHERE
    entry = session.entry
    if settled.binding is not None and entry is not None:
        await rules.ports.sessions.put(entry, encode(settled.binding), rules.conversations.keep_s)
    kind = preferences.kinds.get(settled.route or "")
    models = tuple(dict.fromkeys((*settled.models, *(_ranked(kind, rules) if kind else ()))))
    written = {full_name(option.target): option.name for option in kind.options} if kind else {}
    names = tuple(written.get(model, model) for model in models)
    return Preferred(tuple(table[model] for model in models), names, choice, settled, session)


async def _binding(session: Session, table: dict[str, Target], rules: Rules) -> SessionBinding | None:
    """What is remembered of the conversation, if its model is still there; `table` then has that, too."""
    entry = session.entry
    binding = decode(await rules.ports.sessions.get(entry)) if entry is not None else None
    if binding is None or binding.anchor_model in table:
        return binding
    try:
        anchor = rules.models.resolve(binding.anchor_model, None)
    except GatewayError:
        return None
    if full_name(anchor) != binding.anchor_model:
        return None
    table[binding.anchor_model] = anchor
    return binding


async def _asked(stream: Stream, heard: Heard, preferences: Preferences, rules: Rules) -> Choice:
    router = rules.routers.preferences
    if not heard.understood:
        return _NOT_UNDERSTOOD
    if router is None or not heard.said:
        return _NOBODY
    if rules.routing_s >= EXT_PROC_MESSAGE_TIMEOUT_S:
        await stream.send(Wait(rules.routing_s + ROUTING_S))
    work = _in_time(router.choose(heard.said, preferences.candidates), rules.routing_s)
    return await stream.meanwhile(work)


async def _in_time(choosing: Coroutine[None, None, Choice], seconds: float) -> Choice:
    try:
        async with asyncio.timeout(seconds):
            return await choosing
    except TimeoutError:
        log.warning("no choice among preferences within %g s", seconds)
    except Exception:
        log.exception("the router among preferences failed")
    return _NOBODY


def _proposal(
    choice: Choice, requested: Target | None, preferences: Preferences, rules: Rules
) -> Proposal | None:
    # A guess does not overrule the model that was asked for, or the default.
    names = choice.names if choice.sure or choice.follows else ()
    kind = next((preferences.kinds[name] for name in names if name in preferences.kinds), None)
    if kind is not None:
        ranked = _ranked(kind, rules)
        return Proposal(ranked[0], kind.name, ranked)
    return Proposal(full_name(requested)) if requested else None


def _ranked(kind: Kind, rules: Rules) -> tuple[str, ...]:
    """The models of a preference by its policy, the best first."""
    models = tuple(dict.fromkeys(full_name(option.target) for option in kind.options))
    return rules.prices.rank(models, kind.prefer)
