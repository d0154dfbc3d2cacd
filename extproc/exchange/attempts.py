"""The exchange of a request that may have several attempts; a further one has its own stream (`twin`)."""

from extproc.exchange import answer
from extproc.exchange.decision import Decision, rewrite
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.ranked import told_of
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream


async def serve(stream: Stream, decision: Decision, request: Request, body: bytes, rules: Rules) -> Outcome:
    """Send it to its first target. Where that needed a translation, translate that target's answer.

    What the client said is kept for as long: it is what other targets are best told.
    """
    ranked, crossing = decision.ranked, decision.crossing
    assert ranked is not None
    told = told_of(ranked, request)
    if crossing is None:
        await stream.send(rewrite(decision, request, body, told))
        return Outcome(Ending.ROUTED, target=decision.target)
    ports = rules.ports
    original = ports.originals.keep(body if decision.body is None else decision.body)
    where = {"first_api": crossing.upstream, "original": original, "worker": ports.address}
    try:
        await stream.send(rewrite(decision, request, body, {**told, **where}))
        ending = await answer.turn(stream, request, crossing, ranked.firsts)
        return Outcome(ending, target=decision.target)
    finally:
        ports.originals.forget(original)
