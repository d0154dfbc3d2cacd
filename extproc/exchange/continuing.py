"""A request of the Responses API that goes on from an answer: with its history in it, where we have that."""

from typing import Final

import msgspec

from extproc.conversations import ids
from extproc.conversations.asked import PREVIOUS, Asked, asked
from extproc.conversations.record import Record, decoded
from extproc.conversations.store import StoreUnavailable
from extproc.dialects.operation import Operation
from extproc.errors import PreviousResponseNotFound, StateUnavailable
from extproc.exchange.aside import aside
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.sessions.keys import bounded

ANSWERED: Final = "responses"
"""The operation whose answers are kept."""
CONTINUED: Final = frozenset({ANSWERED, "responses.input_tokens", "responses.compact", "routing.responses"})
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
    if operation.name not in CONTINUED or _FIELD not in body:
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
