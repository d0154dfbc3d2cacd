"""Requests that we answer ourselves: the list of models, its CORS preflight, the health check."""

from collections.abc import Callable, Mapping

from extproc import headers as names
from extproc.dialects.operation import Operation
from extproc.exchange.messages import Reply
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.routing import listing

_JSON = ("content-type", "application/json")


def answer(operation: Operation, request: Request, rules: Rules) -> Reply | None:
    """Our reply to `operation`, or ``None`` when it is for a provider. Raises `ModelNotFound`."""
    make = _ANSWERS.get(operation.name)
    return make(request, rules) if make else None


def _reply(name: str, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Reply:
    return Reply(
        status,
        (*headers, (names.REPLY, name)),
        body,
        {"replied": True, "reply": name, "operation": name},
    )


def _health(_: Request, rules: Rules) -> Reply:
    return _reply("health", 200, (_JSON, ("cache-control", "no-store")), rules.health)


def _models_list(request: Request, rules: Rules) -> Reply:
    return _reply(
        "models.list", 200, (_JSON, *listing.CORS), listing.models(rules.models, _anthropic(request))
    )


def _models_get(request: Request, rules: Rules) -> Reply:
    body = listing.model(rules.models, request.path, _anthropic(request))
    return _reply("models.get", 200, (_JSON, *listing.CORS), body)


def _models_options(_: Request, __: Rules) -> Reply:
    return _reply("models.options", 204, listing.CORS, b"")


def _anthropic(request: Request) -> bool:
    return "anthropic-version" in request.headers.values


_ANSWERS: Mapping[str, Callable[[Request, Rules], Reply]] = {
    "health": _health,
    "models.list": _models_list,
    "models.get": _models_get,
    "models.options": _models_options,
}
