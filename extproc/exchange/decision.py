"""Where a request goes, and what it must look like there. Only the choice may wait; the rest is pure."""

from collections.abc import Mapping
from typing import Final

import msgspec

from extproc import headers as names
from extproc.dialects.operation import BodyKind, Operation
from extproc.errors import InvalidRequest, UnsupportedEncoding
from extproc.exchange.aside import aside
from extproc.exchange.choosing import Chosen, choose
from extproc.exchange.messages import NO_METADATA, Rewrite
from extproc.exchange.phases import Phase
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.limits import LOST_FIELDS_CHARS_MAX
from extproc.rewrite import json_body, multipart
from extproc.rewrite.located import Located
from extproc.rewrite.path import crossing_path, upstream_path
from extproc.routing.models import Target
from extproc.translation.choice import counted_here, upstream_api
from extproc.translation.request import Crossing, translate

_OF_THE_CLIENTS_API: Final = (
    "anthropic-version",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "openai-organization",
    "openai-project",
    "openai-beta",
)
"""Headers that mean nothing, or something else, to a provider with another API."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The chosen target, and what its provider is told."""

    target: Target
    operation: Operation
    located: Located | None
    """Where in the body the model's name stands; ``None``: the provider is told none, it needs none."""
    crossing: Crossing | None = None
    """The translated request, where the provider does not speak the client's API."""
    counted_here: bool = False
    """The request wants tokens counted, and its provider cannot: nothing is sent to it."""
    alternatives: tuple[Target, ...] = ()
    """Where else the request may go when the target fails, in order."""
    told: Mapping[str, str | bool] = NO_METADATA
    """What the choice tells of itself."""


async def decide(operation: Operation, request: Request, body: bytes, rules: Rules) -> Decision:
    """Choose the target of a request; raises `InvalidRequest`, `ModelNotFound` or `UnsupportedEncoding`."""
    located = await aside(len(body), _locate, operation, request, body)
    chosen = await choose(operation, request, body, located, rules)
    return await aside(len(body), _decision, operation, body, located, chosen)


def _decision(operation: Operation, body: bytes, located: Located | None, chosen: Chosen) -> Decision:
    target, *others = chosen.targets
    alternatives = tuple(others)
    if located is None or not target.model:
        return Decision(target, operation, None, alternatives=alternatives, told=chosen.told)
    profile = target.provider.profile
    crossing = None
    if api := upstream_api(operation, profile):
        crossing = translate(body, operation.api, api, target.model, profile)
    counted = crossing is None and counted_here(operation, profile)
    return Decision(target, operation, located, crossing, counted, alternatives, chosen.told)


def rewrite(decision: Decision, request: Request, body: bytes) -> Rewrite:
    """What Envoy must change so that the request reaches its target as its provider expects it."""
    crossing = decision.crossing
    phase = Phase.REQUEST_BODY if request.has_body else Phase.REQUEST_HEADERS
    new_body = crossing.body if crossing else _with_model(decision, body)
    path = _path(decision, request)
    set_headers = (
        (names.CLUSTER, decision.target.provider.upstream.cluster.encode()),
        (":path", path.encode("latin-1")),
        *_body_headers(new_body, translated=crossing is not None),
    )
    removed = _OF_THE_CLIENTS_API if crossing else ()
    return Rewrite(phase, set_headers, new_body, removed, metadata=metadata(decision, request))


def _path(decision: Decision, request: Request) -> str:
    crossing = decision.crossing
    if crossing is None:
        return upstream_path(decision.target, decision.operation, request.path)
    return crossing_path(decision.target, crossing.upstream, crossing.request.stream)


def _body_headers(body: bytes | None, *, translated: bool) -> tuple[tuple[str, bytes], ...]:
    if body is None:
        return ()
    length = ("content-length", b"%d" % len(body))
    # The answer must be read too, and is easiest read uncompressed.
    ours = (("content-type", b"application/json"), ("accept-encoding", b"identity"))
    return (length, *ours) if translated else (length,)


def _locate(operation: Operation, request: Request, body: bytes) -> Located | None:
    if operation.body is BodyKind.OPAQUE:
        return None
    encoding = request.headers.text("content-encoding")
    if encoding not in ("", "identity"):
        raise UnsupportedEncoding(
            f"The request body is compressed ({encoding}); send it without content-encoding.",
            headers={"accept-encoding": "identity"},
        )
    if not body:
        raise InvalidRequest("The request has no body.")
    if operation.body is BodyKind.MULTIPART:
        return multipart.model_of(body, request.headers.text("content-type"))
    return json_body.model_of(body)


def _with_model(decision: Decision, body: bytes) -> bytes | None:
    located, model = decision.located, decision.target.model
    if located is None or located.model == model:
        return None
    splice = multipart.with_model if decision.operation.body is BodyKind.MULTIPART else json_body.with_model
    return splice(body, located, model)


def metadata(decision: Decision, request: Request) -> Mapping[str, str | bool]:
    """What the access log and the answer's headers tell of a decision."""
    told: dict[str, str | bool] = {
        "listener": request.listener,
        "operation": decision.operation.name,
        "provider": decision.target.provider.name,
        **decision.told,
    }
    if decision.located:
        told["model"] = decision.target.model
    if decision.crossing:
        told["upstream_api"] = decision.crossing.upstream
        if decision.crossing.lost:
            told["lost_fields"] = ", ".join(decision.crossing.lost)[:LOST_FIELDS_CHARS_MAX]
    return told
