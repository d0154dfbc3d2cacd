"""Where a request goes, and what it must look like there. Only the choice may wait; the rest is pure."""

import msgspec

from extproc import headers as names
from extproc.dialects.operation import BodyKind, Operation
from extproc.exchange.aside import aside
from extproc.exchange.choosing import Chosen, choose
from extproc.exchange.continuing import Continued, continued
from extproc.exchange.following import Following
from extproc.exchange.messages import NO_METADATA, Metadata, Rewrite
from extproc.exchange.phases import Phase
from extproc.exchange.ranked import Ranked, rank
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_CLIENTS_API, body_headers, whole_body
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.limits import LOST_FIELDS_CHARS_MAX
from extproc.rewrite import json_body, multipart
from extproc.rewrite.cache_control import with_markers
from extproc.rewrite.located import Located
from extproc.rewrite.path import crossing_path, upstream_path
from extproc.routing.models import Target
from extproc.sessions.policy import Wishes
from extproc.translation.choice import counted_here, translatable, upstream_api
from extproc.translation.request import Crossing, translate


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
    """Where the request goes when the target fails, an entry an attempt."""
    told: Metadata = NO_METADATA
    """What the choice tells of itself."""
    body: bytes | None = None
    """What the provider is sent; ``None``: the body as it came."""
    prefix: str | None = None
    """A hash of what the prompt begins with."""
    following: Following | None = None
    """What is to be learnt from the answer."""
    conversation: str | None = None
    """See `Chosen`."""
    ranked: Ranked | None = None
    """The attempts at this request, where there may be several or they have limits of their own."""
    before: Continued | None = None
    """What the request goes on from, where that is kept here."""
    carried: int | None = None
    """How many of its input items come from there, where its conversation is ours; ``None``: it is not."""
    original: bytes | None = None
    """What was translated, if `ranked`: other targets are best told that."""


async def decide(
    stream: Stream, operation: Operation, request: Request, body: bytes, rules: Rules
) -> Decision:
    """Choose the target of a request.

    Raises `InvalidRequest`, `ModelNotFound` or `UnsupportedEncoding`; `PreviousResponseNotFound` or
    `StateUnavailable` for what it goes on from; `Overtaken` when Envoy waits no more.
    """
    located = await aside(len(body), _locate, operation, request, body)
    before = None
    if located and located.continues and (before := await continued(operation, request, body, rules)):
        body = before.body
        located = await aside(len(body), json_body.model_of, body)
    chosen = await choose(stream, operation, request, body, located, rules)
    if chosen.body is not None:
        body, located = chosen.body, chosen.located
    marks = _marks(operation, request, rules)
    ranked = await rank(stream, chosen.targets, operation, located, request.listener, rules)
    decision = await aside(len(body), _decision, operation, body, located, chosen, ranked, marks)
    return msgspec.structs.replace(decision, before=before) if before else decision


def _marks(operation: Operation, request: Request, rules: Rules) -> int | None:
    """Least length in tokens of a prompt that is marked for its provider's cache; ``None``: none is."""
    least = rules.marked_tokens_min
    if least is None or not translatable(operation):
        return None
    return least if Wishes.of(request.headers.text, None).cached else None


def _decision(
    operation: Operation,
    body: bytes,
    located: Located | None,
    chosen: Chosen,
    ranked: Ranked | None,
    marks: int | None,
) -> Decision:
    target, *others = ranked.targets if ranked else chosen.targets
    if located is None or not target.model:
        return Decision(target, operation, None)
    profile = target.provider.profile
    crossing = None
    if api := upstream_api(operation, profile):
        crossing = translate(body, operation.api, api, target.model, profile)
    counted = crossing is None and counted_here(operation, profile)
    sent = crossing.body if crossing else _with_model(operation, body, located, target.model)
    if marks is not None:
        plain = body if sent is None else sent
        spoken = crossing.upstream if crossing else operation.api
        sent = with_markers(plain, spoken, profile.id, target.model, marks) or sent
    return Decision(
        target,
        operation,
        located,
        crossing,
        counted,
        tuple(others),
        chosen.told,
        chosen.body if sent is None else sent,
        chosen.prefix,
        # What is learnt is of the model that was chosen; it may be left out for a while.
        chosen.following if target is chosen.targets[0] else None,
        chosen.conversation,
        ranked,
        original=body if ranked and crossing else None,
    )


def rewrite(decision: Decision, request: Request, told: Metadata = NO_METADATA) -> Rewrite:
    """What Envoy must change so that the request reaches its target as its provider expects it.

    `told` is metadata beside the decision's own.
    """
    crossing, ranked = decision.crossing, decision.ranked
    cluster = decision.target.provider.upstream.cluster
    phase = Phase.REQUEST_BODY if request.has_body else Phase.REQUEST_HEADERS
    path = _path(decision, request)
    set_headers = (
        *(ranked.route_headers if ranked else ((names.CLUSTER, cluster.encode()),)),
        (":path", path.encode("latin-1")),
        *body_headers(decision.body, translated=crossing is not None),
        *_more_headers(decision),
    )
    removed = OF_THE_CLIENTS_API if crossing else ()
    told = {**metadata(decision, request), **told}
    attempts = ranked.attempts if ranked else None
    return Rewrite(phase, set_headers, decision.body, removed, metadata=told, attempts=attempts)


def _more_headers(decision: Decision) -> tuple[tuple[str, bytes], ...]:
    read = decision.following or decision.carried is not None
    prefix, watched = decision.prefix, read and not decision.crossing
    if prefix is None and not watched:
        return ()
    replica = ((names.HASH, prefix.encode()),) if prefix and decision.target.provider.prefix_affinity else ()
    # What is read while it passes is easiest read uncompressed.
    return (*replica, ("accept-encoding", b"identity")) if watched else replica


def _path(decision: Decision, request: Request) -> str:
    crossing = decision.crossing
    if crossing is None:
        return upstream_path(decision.target, decision.operation, request.path)
    return crossing_path(decision.target, crossing.upstream, crossing.request.stream)


def _locate(operation: Operation, request: Request, body: bytes) -> Located | None:
    if operation.body is BodyKind.OPAQUE:
        return None
    body = whole_body(request, body)
    if operation.body is BodyKind.MULTIPART:
        return multipart.model_of(body, request.headers.text("content-type"))
    return json_body.model_of(body)


def _with_model(operation: Operation, body: bytes, located: Located, model: str) -> bytes | None:
    """``None``: it has that model's name already."""
    if located.model == model:
        return None
    splice = multipart.with_model if operation.body is BodyKind.MULTIPART else json_body.with_model
    return splice(body, located, model)


def metadata(decision: Decision, request: Request) -> Metadata:
    """What the access log and the answer's headers tell of a decision."""
    told: dict[str, str | bool | float | None] = {
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
