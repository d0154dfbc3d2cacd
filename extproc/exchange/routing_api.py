"""``POST /routing/v1/…``: which model would answer this request? It is not asked; the shape is Plano's.

The client then calls the models itself, in the order that it is told.
"""

import hashlib
import re
from typing import Final

import msgspec

from extproc import headers as names
from extproc.dialects.operation import Operation
from extproc.errors import GatewayError
from extproc.exchange.aside import aside
from extproc.exchange.choosing import asked, listen
from extproc.exchange.continuing import continued
from extproc.exchange.messages import Reply
from extproc.exchange.preferences import full_name
from extproc.exchange.preferring import Preferred, prefer
from extproc.exchange.request import Request
from extproc.exchange.rewriting import whole_body
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.rewrite import json_body
from extproc.routing.models import Target

OPERATIONS: Final = frozenset({"routing.chat", "routing.messages", "routing.responses"})
"""Those that are answered here, by name."""

_NONE: Final = ("none",)
"""What Plano says where no preference fits: the client's own model is as good as any."""

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|\Z)"
)
"""W3C Trace Context §3.2; a later version may go on after it."""
_UUID: Final = re.compile(r"[0-9a-f]{32}")


class _Answer(msgspec.Struct, frozen=True):
    """What the client is told."""

    models: tuple[str, ...]
    """The best first, as the preference names them."""
    route: str | None
    """The preference."""
    trace_id: str
    pinned: bool
    """The conversation was there before, and is still warm."""
    switched: bool
    """It was at another model until now."""
    session_id: str | msgspec.UnsetType = msgspec.UNSET


async def answer(stream: Stream, operation: Operation, request: Request, body: bytes, rules: Rules) -> Reply:
    """The decision. Raises `InvalidRequest`, `ModelNotFound`, `UnsupportedEncoding` or `Overtaken`."""
    before = await continued(operation, request, body, rules)
    body = before.body if before else body
    located = await aside(len(body), json_body.model_of, whole_body(request, body))
    wanted = await asked(body, located, rules)
    requested = _requested(located.model, rules)
    name = full_name(requested) if requested else located.model or ""
    routed = wanted.preferences is not None
    heard = await listen(operation, request, wanted.body, name, rules, routed=routed)
    preferred = None
    if wanted.preferences is not None:
        preferred = await prefer(stream, heard, requested, wanted.preferences, rules)
    told = _Answer(
        models=_models(preferred),
        route=preferred.settled.route if preferred else None,
        trace_id=trace_id(request),
        pinned=bool(preferred and preferred.settled.pinned),
        switched=bool(preferred and preferred.settled.switched),
        session_id=heard.session.id or msgspec.UNSET,
    )
    return Reply(
        200,
        (("content-type", "application/json"), (names.REPLY, operation.name)),
        msgspec.json.encode(told),
        {
            "listener": request.listener,
            "operation": operation.name,
            "replied": True,
            "reply": operation.name,
            **(preferred.told if preferred else {}),
        },
    )


def trace_id(request: Request) -> str:
    """The trace that the request belongs to: its caller's, else the one that begins with its own id."""
    if found := _TRACEPARENT.match(request.headers.text("traceparent")):
        return found[1]
    own = request.request_id.replace("-", "").lower()
    return own if _UUID.fullmatch(own) else hashlib.sha256(own.encode()).hexdigest()[:32]


def _requested(model: str | None, rules: Rules) -> Target | None:
    """The model that the client would ask otherwise; ``None``: it is none of ours, and need not be."""
    try:
        return rules.models.resolve(model, None)
    except GatewayError:
        return None


def _models(preferred: Preferred | None) -> tuple[str, ...]:
    return preferred.names if preferred and preferred.settled.route is not None else _NONE
