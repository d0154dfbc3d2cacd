"""A decision on a request whose conversation is ours: what its provider is sent, where the answer goes."""

from dataclasses import replace

import msgspec

from extproc.conversations import ids, native
from extproc.conversations.asked import PREVIOUS, asked
from extproc.conversations.members import written
from extproc.exchange.aside import aside
from extproc.exchange.continuing import ANSWERED, CONTINUED, Continued, tenant_of
from extproc.exchange.decision import Decision
from extproc.exchange.keeping import Entry, Keeping
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.translation.request import Crossing


def is_ours(decision: Decision, rules: Rules) -> bool:
    """Whether the state of the conversation is here, and not at its provider."""
    if decision.operation.name not in CONTINUED:
        return False
    return bool(decision.before or decision.crossing or rules.snapshot.state_storage)


async def prepared(
    decision: Decision, request: Request, body: bytes, rules: Rules
) -> tuple[Decision, Keeping | None]:
    """A decision that `is_ours`, on what the client sent as `body`. Raises `InvalidRequest`."""
    before, crossing = decision.before, decision.crossing
    sent = decision.body or (before.body if before else body)
    carried = len(before.history) if before else 0
    if decision.operation.name != ANSWERED:
        if before:
            sent = await aside(len(sent), native.readable, sent, carried, decision.target.model)
            decision = msgspec.structs.replace(decision, body=sent)
        return decision, None
    keeping = await kept(before, request, body, rules)
    if keeping is None:
        return decision, None
    if crossing:
        crossing = identified(crossing, keeping)
    else:
        sent = await aside(len(sent), native.unstored, sent, carried, decision.target.model)
    return msgspec.structs.replace(decision, crossing=crossing, body=sent, carried=carried), keeping


async def kept(before: Continued | None, request: Request, body: bytes, rules: Rules) -> Keeping | None:
    """What becomes of the answer to a request whose conversation is ours; ``None``: it just passes.

    Raises `InvalidRequest` for what only a provider that keeps the conversation can do.
    """
    told = before.asked if before else await aside(len(body), asked, body)
    told.refuse_elsewhere()
    echoed = {PREVIOUS: written(told.previous)} if before else {}
    if not told.stored:
        return Keeping(echoed, None) if before else None
    history = before.history if before else []
    response_id = ids.new_id()
    entry = Entry(rules.ports.responses, tenant_of(request, rules), response_id, [*history, *told.given])
    return Keeping({**echoed, "id": written(response_id), "store": written(True)}, entry)


def identified(crossing: Crossing, keeping: Keeping) -> Crossing:
    """A crossing whose answer has the id under which it is kept."""
    return replace(crossing, response_id=keeping.response_id)
