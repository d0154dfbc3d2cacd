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

from extproc.dialects import operations
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
from extproc.exchange.messages import Body, Continue, Headers, Message
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.preparing import is_ours, prepared
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Overtaken, Receive, Send, Stream
from extproc.exchange.wire import ProtocolError
from extproc.limits import BODY_BYTES_MAX

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
    """Whatever is raised on the way becomes one reply here."""
    first = await stream.receive()
    if first is None:
        return Outcome(Ending.ABORTED)
    if not isinstance(first, Headers) or first.phase is not Phase.REQUEST_HEADERS:
        await stream.send(Continue(first.phase))
        return Outcome(Ending.PASSED)
    request = Request.of(first)
    try:
        serve = twin.serve if first.attempt else _serve
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
    return await _routed(stream, await decide(stream, operation, request, body, rules), request, body, rules)


async def _routed(stream: Stream, decision: Decision, request: Request, body: bytes, rules: Rules) -> Outcome:
    """To the model's provider; with what the next ones must know, where there are any."""
    if decision.counted_here:
        await stream.send(await counting.answer(decision, request, body))
        return Outcome(Ending.REPLIED, target=decision.target)
    keeping = None
    if is_ours(decision, rules):
        decision, keeping = await prepared(decision, request, body, rules)
    if keeping is None:
        return await _sent(stream, decision, request, rules)
    async with keeping:
        return await _sent(stream, decision, request, rules, keeping)


async def _sent(
    stream: Stream, decision: Decision, request: Request, rules: Rules, keeping: Keeping | None = None
) -> Outcome:
    if decision.ranked is None:
        await stream.send(rewrite(decision, request))
        ending = await _answered(stream, decision, request, rules, keeping)
        return Outcome(ending, target=decision.target)
    with attempts.told(decision, decision.ranked, request, rules) as told:
        await stream.send(rewrite(decision, request, told))
        ending = await _answered(stream, decision, request, rules, keeping)
        return Outcome(ending, target=decision.target)


async def _answered(
    stream: Stream, decision: Decision, request: Request, rules: Rules, keeping: Keeping | None
) -> Ending:
    """What is left to do when the request is on its way: mostly nothing."""
    usage = None
    firsts = decision.ranked.firsts if decision.ranked else None
    if decision.crossing:
        ending, usage = await answer.turned(stream, request, decision.crossing, firsts, keeping)
    elif keeping:
        ending, usage = await keeping_native.passed(stream, keeping, firsts)
    elif decision.following:
        ending, usage = await observing.watched(stream, decision.operation.api, firsts)
    else:
        return Ending.ROUTED
    if decision.following and usage:
        await learn(decision.following, usage, rules)
    return ending


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
