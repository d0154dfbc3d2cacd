"""What happens to a request: operation → decision → rewrite. Read this file first.

    request headers ─▶ which operation is it?      ─▶ ours: reply
    request body    ─▶ which model, which target?  ─▶ rewrite for it, end the stream
                    ─▶ or which agents?            ─▶ ask all but the last, rewrite for it (`agent_turn`)
                    ─▶ or which targets in turn?   ─▶ rewrite for the first one, the others: `twin`
    anything wrong  ─▶ one error, in the shape of the API that was called

After the rewrite nothing more is wanted of Envoy, so the exchange ends there, and the answer streams from
the provider to the client without us; where the request was translated, so is the answer (`answer`). It must
never end *before* its reply: Envoy takes the clean end of a stream as "nothing to change" and would send the
request on unprocessed.
"""

import logging
from contextlib import nullcontext

import msgspec

from extproc.dialects import operations
from extproc.dialects.operation import Operation
from extproc.errors import BodyTooLarge, GatewayError, InternalError
from extproc.exchange import (
    agent_turn,
    answer,
    attempts,
    counting,
    keeping_native,
    local,
    observing,
    responses_stored,
    routing_api,
    twin,
)
from extproc.exchange.decision import Decision, decide, rewrite
from extproc.exchange.failure import reply_for
from extproc.exchange.following import learn
from extproc.exchange.keeping import Keeping
from extproc.exchange.messages import NO_METADATA, Body, Continue, Headers, Message, Metadata
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.preparing import is_ours, prepared
from extproc.exchange.request import Request
from extproc.exchange.rules import GENERATION, Rules
from extproc.exchange.stream import Overtaken, Receive, Send, Stream
from extproc.exchange.wire import ProtocolError
from extproc.limits import BODY_BYTES_MAX
from extproc.llm.response import Usage

log = logging.getLogger(__name__)


async def run(receive: Receive, send: Send, rules: Rules) -> Outcome:
    """Take one exchange from its first message to our last reply.

    Raises `ProtocolError` when Envoy's messages make no sense; the stream must then be ended with an error,
    so that Envoy fails the request instead of passing it on.
    """
    stream = Stream(receive, send)
    try:
        return await _run(stream, rules)
    finally:
        stream.close()


async def _run(stream: Stream, rules: Rules) -> Outcome:
    """From the first message on; the outcome is told to whoever is to know."""
    first = await stream.receive()
    if first is None:
        return Outcome(Ending.ABORTED)
    if not isinstance(first, Headers) or first.phase is not Phase.REQUEST_HEADERS:
        await stream.send(Continue(first.phase))
        return Outcome(Ending.PASSED)
    request = Request.of(first, rules.ports.clock())
    rules = rules.at(first.attempt.told.get(GENERATION)) if first.attempt else rules.on(request.listener)
    outcome = Outcome(Ending.ABORTED)  # where it is cut off
    try:
        outcome = await _told(stream, request, rules)
        return outcome
    finally:
        if first.attempt is None:  # a further attempt is told of by the exchange that it belongs to
            rules.ports.reports.ended(request, outcome)


async def _told(stream: Stream, request: Request, rules: Rules) -> Outcome:
    """Whatever is raised on the way becomes one reply here."""
    try:
        serve = twin.serve if request.headers.attempt else _serve
        return await serve(stream, request, rules)
    except ProtocolError:
        raise
    except Overtaken as end:
        return await _overtaken(stream, end.message)
    except GatewayError as error:
        await stream.send(reply_for(error, request))
        return Outcome(Ending.REPLIED, error=error)
    except Exception:
        log.exception("exchange %s failed", request.request_id)
        fault = InternalError("The gateway could not handle this request; its log has the reason.")
        await stream.send(reply_for(fault, request))
        return Outcome(Ending.FAILED, error=fault)


async def _serve(stream: Stream, request: Request, rules: Rules) -> Outcome:
    """The straight way."""
    agents = rules.agents.get(request.listener)
    match = operations.match_on_agents if agents else operations.match
    operation = match(request.method, request.path)
    reply = local.answer(operation, request, rules)
    if operation.name in responses_stored.OPERATIONS:
        reply = await responses_stored.answer(operation, request, rules)
    if reply:
        await stream.send(reply)
        return Outcome(Ending.REPLIED)
    body = b""
    if request.has_body:
        await stream.send(Continue(Phase.REQUEST_HEADERS))
        message = await stream.receive()
        if not isinstance(message, Body) or message.phase is not Phase.REQUEST_BODY:
            return await _overtaken(stream, message)
        body = _within_limit(message.data, request, rules)
    if agents:
        return await agent_turn.serve(stream, operation, request, body, rules, agents)
    if operation.name in routing_api.OPERATIONS:
        await stream.send(await routing_api.answer(stream, operation, request, body, rules))
        return Outcome(Ending.REPLIED)
    return await _to_provider(stream, operation, request, body, rules)


async def _to_provider(
    stream: Stream, operation: Operation, request: Request, body: bytes, rules: Rules
) -> Outcome:
    """To the model's provider; with what the next ones must know, where there are any."""
    decision = await decide(stream, operation, request, body, rules)
    if decision.counted_here:
        await stream.send(await counting.answer(decision, request, body))
        return Outcome(Ending.REPLIED, target=decision.target, operation=operation)
    if not is_ours(decision, rules):
        return await _sent(stream, decision, request, rules)
    decision, keeping = await prepared(decision, request, body, rules)
    async with keeping or nullcontext():
        return await _sent(stream, decision, request, rules, keeping)


async def _sent(
    stream: Stream, decision: Decision, request: Request, rules: Rules, keeping: Keeping | None = None
) -> Outcome:
    if decision.ranked is None:
        return await _routed(stream, decision, request, NO_METADATA, rules, keeping)
    with attempts.told(decision, decision.ranked, request, rules) as told:
        return await _routed(stream, decision, request, told, rules, keeping)


async def _routed(
    stream: Stream,
    decision: Decision,
    request: Request,
    told: Metadata,
    rules: Rules,
    keeping: Keeping | None,
) -> Outcome:
    """On its way, and back where the answer is to be looked at: mostly it is not."""
    changes = rewrite(decision, request, told)
    await stream.send(changes)
    known = Outcome(
        Ending.ROUTED,
        target=decision.target,
        operation=decision.operation,
        told=changes.metadata,
        alternatives=decision.alternatives,
        conversation=decision.conversation,
    )
    if not (decision.crossing or decision.following or keeping):
        return known
    rules.ports.reports.began(request, known)
    ending, usage = await _answered(stream, decision, request, rules, keeping)
    return msgspec.structs.replace(known, ending=ending, usage=usage)


async def _answered(
    stream: Stream, decision: Decision, request: Request, rules: Rules, keeping: Keeping | None
) -> tuple[Ending, Usage | None]:
    """How the answer ends, and what it says of tokens."""
    firsts = decision.ranked.firsts if decision.ranked else None
    if decision.crossing:
        ending, usage = await answer.turned(stream, request, decision.crossing, firsts, keeping)
    elif keeping:
        ending, usage = await keeping_native.passed(stream, keeping, firsts)
    else:
        ending, usage = await observing.watched(stream, decision.operation.api, firsts)
    if decision.following and usage:
        await learn(decision.following, usage, rules)
    return ending, usage


def _within_limit(body: bytes, request: Request, rules: Rules) -> bytes:
    """The body; raises `BodyTooLarge`. Envoy itself holds nobody to a limit below 1 MiB."""
    limit = rules.body_bytes_max.get(request.listener, BODY_BYTES_MAX)
    if len(body) > limit:
        raise BodyTooLarge(f"The request body has {len(body)} bytes; {limit} are allowed here.")
    return body


async def _overtaken(stream: Stream, message: Message | None) -> Outcome:
    """It went on without us: the client left, or Envoy answered by itself (a body over its limit: a 413)."""
    if message is None:
        return Outcome(Ending.ABORTED)
    await stream.send(Continue(message.phase))
    return Outcome(Ending.PASSED)
