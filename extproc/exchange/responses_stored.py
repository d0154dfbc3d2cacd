"""Requests for an answer that is kept here: to see it, to delete it, to list what it was made from."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

import msgspec

from extproc import headers as names
from extproc.conversations import ids, shown
from extproc.conversations.record import Record
from extproc.conversations.store import StoreUnavailable
from extproc.dialects.api import Api
from extproc.dialects.operation import Operation
from extproc.errors import InvalidRequest, ResponseNotFound, StateUnavailable
from extproc.exchange.continuing import record_of, tenant_of
from extproc.exchange.messages import Reply
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules

_ID_SEGMENT: Final = 3
"""Of ``/v1/responses/{id}/…``, split at its slashes."""


async def answer(operation: Operation, request: Request, rules: Rules) -> Reply | None:
    """Our reply to one of the `OPERATIONS`; ``None``: it asks for what a provider has.

    Raises `ResponseNotFound`, `StateUnavailable` or `InvalidRequest`.
    """
    path, _, query = request.path.partition("?")
    response_id = unquote(path.split("/")[_ID_SEGMENT])
    if not ids.is_ours(response_id):
        if _a_provider_has_it(request, rules):
            return None
        raise ResponseNotFound(response_id)
    told = dict(parse_qsl(query))
    body = await _ANSWERS[operation.name](response_id, told, request, rules)
    return Reply(
        200,
        (("content-type", "application/json"), (names.REPLY, operation.name)),
        body,
        {"listener": request.listener, "operation": operation.name, "replied": True, "reply": operation.name},
    )


def _a_provider_has_it(request: Request, rules: Rules) -> bool:
    """Whether some provider may know an id that is not ours."""
    if rules.snapshot.state_storage or request.listener in rules.agents:
        return False
    return any(Api.RESPONSES in provider.profile.apis for provider in rules.snapshot.providers)


async def _found(response_id: str, request: Request, rules: Rules) -> Record:
    record = await record_of(response_id, request, rules)
    if record is None:
        raise ResponseNotFound(response_id)
    return record


async def _get(response_id: str, query: Mapping[str, str], request: Request, rules: Rules) -> bytes:
    if query.get("stream") == "true":
        raise InvalidRequest("An answer that has ended is not streamed again.", param="stream")
    return bytes((await _found(response_id, request, rules)).response)


async def _delete(response_id: str, _: Mapping[str, str], request: Request, rules: Rules) -> bytes:
    try:
        was_there = await rules.ports.responses.delete(tenant_of(request, rules), response_id)
    except StoreUnavailable:
        raise StateUnavailable from None
    if not was_there:
        raise ResponseNotFound(response_id)
    return msgspec.json.encode(shown.deletion(response_id))


async def _cancel(response_id: str, _: Mapping[str, str], request: Request, rules: Rules) -> bytes:
    await _found(response_id, request, rules)
    raise InvalidRequest("Only an answer that is made in the background can be cancelled; this one was not.")


async def _input_items(response_id: str, query: Mapping[str, str], request: Request, rules: Rules) -> bytes:
    page = shown.page_of(query)
    record = await _found(response_id, request, rules)
    return msgspec.json.encode(shown.input_items(record, page))


_Make = Callable[[str, Mapping[str, str], Request, Rules], Awaitable[bytes]]

_ANSWERS: Final[Mapping[str, _Make]] = {
    "responses.get": _get,
    "responses.delete": _delete,
    "responses.cancel": _cancel,
    "responses.input_items": _input_items,
}

OPERATIONS: Final = frozenset(_ANSWERS)
"""Those that `answer` knows, by name."""
