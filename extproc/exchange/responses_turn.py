"""A request of the Responses API and its conversation, where that is kept here.

it goes on from an answer of ours       ─▶ the history is put before its input (`continued`)
its provider keeps nothing, or is not to ─▶ its answer is kept here (`prepared`, then `keeping`)
neither                                 ─▶ it passes as it came
"""

from dataclasses import replace
from typing import Final

import msgspec

from extproc.conversations import ids, native
from extproc.conversations.asked import PREVIOUS, Asked, asked
from extproc.conversations.members import written
from extproc.conversations.record import Record, decoded
from extproc.conversations.store import StoreUnavailable
from extproc.dialects.operation import Operation
from extproc.errors import PreviousResponseNotFound, StateUnavailable
from extproc.exchange.aside import aside
from extproc.exchange.decision import Decision
from extproc.exchange.keeping import Entry, Keeping
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.sessions.keys import bounded
from extproc.translation.request import Crossing

_ANSWERED: Final = "responses"
"""The operation whose answers are kept."""
_CONTINUED: Final = frozenset({_ANSWERED, "responses.input_tokens", "responses.compact", "routing.responses"})
"""Those that may go on from an answer."""
_FIELD: Final = PREVIOUS.encode()


class Continued(msgspec.Struct, frozen=True, gc=False):
    """A request that goes on from an answer of ours."""

    body: bytes
    """With its history, and without the id that stands for it."""
    asked: Asked
    """As the client wrote it."""
    history: list[msgspec.Raw]
    """The items before its own."""


def tenant_of(request: Request, rules: Rules) -> str:
    """Whose conversations these are; ``""`` where there are no tenants."""
    header = rules.snapshot.tenant_header
    return bounded(request.headers.text(header).strip()) if header else ""


async def record_of(response_id: str, request: Request, rules: Rules) -> Record | None:
    """What is kept under an id of ours. Raises `StateUnavailable`."""
    try:
        value = await rules.ports.responses.get(tenant_of(request, rules), response_id)
    except StoreUnavailable:
        raise StateUnavailable from None
    return None if value is None else await aside(len(value), decoded, value)


async def continued(operation: Operation, request: Request, body: bytes, rules: Rules) -> Continued | None:
    """A request with what it goes on from; ``None``: from nothing, or from an answer that is not ours.

    Raises `PreviousResponseNotFound`, `StateUnavailable`, or `InvalidRequest`.
    """
    if operation.name not in _CONTINUED or _FIELD not in body:
        return None
    told = await aside(len(body), asked, body)
    if told.previous is None:
        return None
    if not ids.is_ours(told.previous):
        if rules.snapshot.state_storage:
            raise PreviousResponseNotFound(told.previous)
        return None
    record = await record_of(told.previous, request, rules)
    if record is None:
        raise PreviousResponseNotFound(told.previous)
    history = record.history()
    size = len(body) + sum(map(len, history))
    return Continued(await aside(size, told.with_history, history), told, history)


async def prepared(
    decision: Decision, before: Continued | None, request: Request, body: bytes, rules: Rules
) -> tuple[Decision, Keeping | None]:
    """A decision on what the client sent as `body`, and what becomes of the answer, if it is ours.

    Raises `InvalidRequest`.
    """
    operation, crossing = decision.operation, decision.crossing
    if operation.name not in _CONTINUED or not (before or crossing or rules.snapshot.state_storage):
        return decision, None
    sent = decision.body or (before.body if before else body)
    if operation.name != _ANSWERED:
        if before is None:
            return decision, None
        sent = await aside(len(sent), native.readable, sent, len(before.history))
        return msgspec.structs.replace(decision, body=sent), None
    keeping = await kept(before, request, body, rules)
    if keeping is None:
        return decision, None
    if crossing:
        return msgspec.structs.replace(decision, crossing=identified(crossing, keeping)), keeping
    carried = len(before.history) if before else 0
    sent = await aside(len(sent), native.unstored, sent, carried, decision.target.model)
    return msgspec.structs.replace(decision, body=sent, kept=True), keeping


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
