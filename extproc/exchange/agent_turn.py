"""A request on a listener of agents: which of them, what the earlier ones say, and on to the last one.

read ─▶ which conversation? ─▶ one agent, or those a router names ─▶ the earlier ones answer here
     ─▶ rewrite for the last one ─▶ its answer comes to the client through Envoy
                                 ─▶ translated, where the client does not speak Chat Completions
"""

import dataclasses
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

import msgspec

from extproc import headers as names
from extproc.agents import conversation as conversations
from extproc.agents.asked import Asked, read
from extproc.agents.chain import Sent, Work, ask_in_turn
from extproc.agents.choosing import Chosen, choose
from extproc.agents.conversation import Binding, Conversation
from extproc.agents.listener import AgentListener, path_of, upstream_of
from extproc.dialects.api import Api
from extproc.dialects.operation import Operation
from extproc.errors import AgentFailed
from extproc.exchange import answer
from extproc.exchange.aside import aside
from extproc.exchange.continuing import Continued, continued
from extproc.exchange.failure import reply_for
from extproc.exchange.keeping import Keeping
from extproc.exchange.messages import Metadata, Reply, Rewrite, Wait
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.preparing import identified, kept
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_CLIENTS_API, body_headers, whole_body
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.limits import EXT_PROC_MAX_MESSAGE_TIMEOUT_S, EXT_PROC_MESSAGE_TIMEOUT_S, LOST_FIELDS_CHARS_MAX
from extproc.rewrite import json_body
from extproc.routers.candidate import Stage
from extproc.sessions.policy import Wishes
from extproc.translation.request import Crossing

_CLIENTS_OWN: Final = (*names.CREDENTIALS, "cookie")
"""Envoy shows them to us only where an agent may see them, and takes them from those that may not."""


class Turn(msgspec.Struct, frozen=True, gc=False):
    """All that is known of a request once its agents are."""

    operation: Operation
    request: Request
    listener: AgentListener
    conversation: Conversation | None
    chosen: Chosen


async def serve(
    stream: Stream, operation: Operation, request: Request, body: bytes, rules: Rules, listener: AgentListener
) -> Outcome:
    """Take the request to its agent, and the answer back where it must be translated.

    Raises `InvalidRequest`, `UnsupportedEncoding`, `AnswerTooLarge`, or `stream.Overtaken`.
    """
    wishes = Wishes.of(request.headers.text, rules.snapshot.tenant_header)
    before = await continued(operation, request, body, rules)
    merged = before.body if before else body
    asked = await aside(len(merged), _read, operation, request, merged, listener, known=bool(wishes.affinity))
    conversation = conversations.conversation_of(listener.name, wishes.tenant, wishes.affinity, asked.request)
    chosen = await _choose(stream, asked, conversation, rules, listener)
    turn = Turn(operation, request, listener, conversation, chosen)
    ids = [agent.id for agent in chosen.agents]
    if len(ids) > 1:
        rules.ports.reports.began(request, _known(turn, _told(turn, ids)))
    try:
        work = await _work_before(stream, turn, asked, rules)
    except AgentFailed as failure:
        told: Metadata = {**_told(turn, ids), "agent": failure.agent}
        await stream.send(_failed(failure, request, told))
        return msgspec.structs.replace(_known(turn, told), ending=Ending.REPLIED, error=failure)
    last = await aside(len(merged), asked.following, work.said, concat=listener.concat)
    crossing, keeping = await _way_back(turn, last, before, body, rules)
    changes = _rewrite(turn, last, work)
    await stream.send(changes)
    known = _known(turn, changes.metadata)
    if crossing is None:
        return known
    rules.ports.reports.began(request, known)
    async with keeping or nullcontext():
        ending, usage = await answer.turned(stream, request, crossing, keeping=keeping)
    return msgspec.structs.replace(known, ending=ending, usage=usage)


async def _way_back(
    turn: Turn, last: Asked, before: Continued | None, body: bytes, rules: Rules
) -> tuple[Crossing | None, Keeping | None]:
    """How the last agent's answer is turned; and kept, for a Responses client: no agent keeps any."""
    if last.crossing is None:
        return None, None
    crossing = dataclasses.replace(last.crossing, agent=turn.chosen.agents[-1].id)
    if turn.operation.api is not Api.RESPONSES:
        return crossing, None
    keeping = await kept(before, turn.request, body, rules)
    return (identified(crossing, keeping) if keeping else crossing), keeping


def _known(turn: Turn, told: Metadata) -> Outcome:
    """How it ends if all goes well."""
    return Outcome(
        Ending.ROUTED,
        agent=str(told["agent"]),
        operation=turn.operation,
        told=told,
        conversation=turn.conversation.id if turn.conversation else None,
    )


def _read(
    operation: Operation, request: Request, body: bytes, listener: AgentListener, *, known: bool
) -> Asked:
    located = json_body.model_of(whole_body(request, body))
    model = located.model or ""
    return read(body, operation.api, model, chosen=listener.only is None, known=known)


async def _choose(
    stream: Stream, asked: Asked, conversation: Conversation | None, rules: Rules, listener: AgentListener
) -> Chosen:
    if listener.only:
        return Chosen((listener.only,), Stage.ONLY, reason="There is no other agent.")
    assert asked.request is not None
    store, router = rules.ports.sessions, rules.routers.agents.get(listener.name)
    binding = await conversations.binding_of(conversation, store) if conversation else None
    if rules.routing_s >= EXT_PROC_MESSAGE_TIMEOUT_S:
        await _hold(stream)
    named = conversation is not None and conversation.named
    choosing = choose(listener, router, asked.request, binding, rules.routing_s, named=named)
    chosen = await stream.meanwhile(choosing)
    if conversation:
        bound = Binding.of(chosen.bound, asked.request)
        await conversations.bind(conversation, bound, store, rules.snapshot.sessions.ttl_s)
    return chosen


async def _hold(stream: Stream) -> None:
    """Let Envoy wait as long as it may; once a message, for it ignores a second wish."""
    await stream.send(Wait(EXT_PROC_MAX_MESSAGE_TIMEOUT_S))


async def _work_before(stream: Stream, turn: Turn, asked: Asked, rules: Rules) -> Work:
    """What the agents before the last one say to the request, which Envoy holds all the while."""
    earlier = turn.chosen.agents[:-1]
    if not earlier:
        return Work()
    if rules.routing_s < EXT_PROC_MESSAGE_TIMEOUT_S:
        await _hold(stream)
    body = await aside(len(asked.body), asked.opened)
    work = ask_in_turn(earlier, body, _sent(turn), rules.ports.outbound, skips=turn.listener.skips)
    return await stream.meanwhile(work)


def _sent(turn: Turn) -> Sent:
    """Headers of the requests to those agents; of the client's, only what they are meant for."""
    given = turn.request.headers
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "accept-encoding": "identity",
        "x-request-id": turn.request.request_id,
    }
    if trace := given.text("traceparent"):
        headers["traceparent"] = trace
    if turn.conversation:
        headers |= {names.CONVERSATION: turn.conversation.id, names.HASH: turn.conversation.id}
    own = {name: given.text(name) for name in _CLIENTS_OWN if name in given.values}
    return Sent(headers, own)


def _failed(failure: AgentFailed, request: Request, told: Metadata) -> Reply:
    """The error, with the headers that an answer of the last agent would have."""
    reply = reply_for(failure, request, told)
    who = ((names.AGENT, failure.agent), (names.AGENTS, str(told["agents"])))
    return msgspec.structs.replace(reply, headers=(*reply.headers, *who))


def _rewrite(turn: Turn, last: Asked, work: Work) -> Rewrite:
    """What Envoy must change so that the request reaches the last agent as that expects it."""
    agent, api = turn.chosen.agents[-1], turn.operation.api
    body = last.body if last.changed else None
    query = turn.request.path.partition("?")[2] if api is Api.CHAT else ""
    path = f"{path_of(agent)}?{query}" if query else path_of(agent)
    set_headers = [
        (names.CLUSTER, upstream_of(agent).cluster.encode()),
        (":path", path.encode("latin-1")),
        *body_headers(body, translated=last.crossing is not None),
    ]
    removed = () if api is Api.CHAT else OF_THE_CLIENTS_API
    if turn.conversation:
        named = turn.conversation.id.encode()
        set_headers += [(names.CONVERSATION, named), (names.HASH, named)]
    else:
        removed = (*removed, names.CONVERSATION)
    told = _told(turn, [*(one.agent for one in work.said), agent.id])
    if work.skipped:
        told["agents_skipped"] = ",".join(work.skipped)
    if last.crossing and last.crossing.lost:
        told["lost_fields"] = ", ".join(last.crossing.lost)[:LOST_FIELDS_CHARS_MAX]
    return Rewrite(Phase.REQUEST_BODY, tuple(set_headers), body, removed, metadata=told)


def _told(turn: Turn, ids: Sequence[str]) -> dict[str, str | bool | float]:
    """For the access log, and for headers of the answer; `ids` are the agents in the order of their work."""
    told: dict[str, str | bool | float] = {
        "listener": turn.request.listener,
        "operation": turn.operation.name,
        "agent": ids[-1],
        "routed_by": turn.chosen.stage,
        "routing_ms": round(turn.chosen.ms, 3),
        "routing_reason": turn.chosen.reason,
    }
    if len(ids) > 1:
        told["agents"] = ",".join(ids)
    return told
