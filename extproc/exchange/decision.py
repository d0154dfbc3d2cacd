"""Where a request goes, and what it must look like there. Pure."""

from collections.abc import Mapping

import msgspec

from extproc import headers as names
from extproc.dialects.operation import BodyKind, Operation
from extproc.errors import InvalidRequest, UnsupportedEncoding
from extproc.exchange.messages import Rewrite
from extproc.exchange.phases import Phase
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.rewrite import json_body, multipart
from extproc.rewrite.located import Located
from extproc.rewrite.path import upstream_path
from extproc.routing.models import Target


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The chosen target, and where in the body its name must be put."""

    target: Target
    operation: Operation
    located: Located | None
    """``None``: the provider is told no model, for the operation needs none."""


def decide(operation: Operation, request: Request, body: bytes, rules: Rules) -> Decision:
    """Choose the target of a request; raises `InvalidRequest`, `ModelNotFound` or `UnsupportedEncoding`."""
    located = _locate(operation, request, body)
    if located is None or (located.model is None and operation.model_optional):
        return Decision(rules.models.any_provider(operation.api), operation, None)
    return Decision(rules.models.resolve(located.model, operation.api), operation, located)


def rewrite(decision: Decision, request: Request, body: bytes) -> Rewrite:
    """What Envoy must change: the cluster, the path, and the model's name in the body if it differs."""
    target = decision.target
    set_headers: tuple[tuple[str, bytes], ...] = (
        (names.CLUSTER, target.provider.upstream.cluster.encode()),
        (":path", upstream_path(target, decision.operation, request.path).encode("latin-1")),
    )
    new_body = _with_model(decision, body)
    if new_body is not None:
        set_headers = (*set_headers, ("content-length", b"%d" % len(new_body)))
    phase = Phase.REQUEST_BODY if request.has_body else Phase.REQUEST_HEADERS
    return Rewrite(phase, set_headers, new_body, _metadata(decision, request))


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


def _metadata(decision: Decision, request: Request) -> Mapping[str, str]:
    told = {
        "listener": request.listener,
        "operation": decision.operation.name,
        "provider": decision.target.provider.name,
    }
    return told | {"model": decision.target.model} if decision.located else told
