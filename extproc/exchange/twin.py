"""A further attempt at a request, on a stream of its own: the request made right for this target, and back.

Envoy opens such a stream in the *twin* of a provider's cluster, after an earlier target has failed. It shows
the body that the exchange made for the first target, and headers as earlier attempts have left them; so every
header that an attempt may have set is set, or removed, by each. What the exchange knew comes as metadata
(`ranked.told_of`). What the client said before it was translated is in this worker's memory, or lost.
"""

import dataclasses
from typing import Final

import msgspec

from extproc.conversations.native import unstored
from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.dialects.operation import BodyKind, Operation
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.errors import FallbackUnfit, InvalidRequest, PreviousResponseNotFound
from extproc.exchange import answer
from extproc.exchange.aside import aside
from extproc.exchange.attempt_wire import UNANSWERED
from extproc.exchange.attempts import CARRIED
from extproc.exchange.messages import Attempt, Body, Continue, Headers, Metadata, Rewrite
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.ranked import HEADER_KEY
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_CLIENTS_API, body_headers
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Overtaken, Stream
from extproc.limits import LOST_FIELDS_CHARS_MAX
from extproc.rewrite import json_body, multipart
from extproc.rewrite.path import crossing_path, upstream_path
from extproc.routing.cooling import seconds_of
from extproc.routing.models import Target
from extproc.translation.choice import upstream_api
from extproc.translation.request import Crossing, translate

_ANSWERED: Final = "answered_"
"""What begins the metadata keys with the answers of earlier attempts: status, ``retry-after``."""


class Made(msgspec.Struct, frozen=True, gc=False):
    """A request as its target must have it."""

    target: Target
    path: str
    body: bytes
    crossing: Crossing | None
    """What turns the answer; ``None``: it is of the client's API already."""
    lost: tuple[str, ...] = ()


async def serve(stream: Stream, request: Request, rules: Rules) -> Outcome:
    """Make the attempt right. Raises `FallbackUnfit`, `AnswerTooLarge` or `stream.Overtaken`."""
    attempt = request.headers.attempt
    assert attempt is not None
    _note_pauses(attempt, rules)
    await stream.send(Continue(Phase.REQUEST_HEADERS))
    message = await stream.receive()
    if not isinstance(message, Body) or message.phase is not Phase.REQUEST_BODY:
        raise Overtaken(message)
    made = await aside(len(message.data), _made, request, attempt, message.data, rules)
    await stream.send(_rewrite(made, attempt))
    head = await stream.receive()
    if head is None:
        return Outcome(Ending.RETRIED, target=made.target)
    if not isinstance(head, Headers):
        raise Overtaken(head)
    failed = _failed(head, attempt, rules)
    _note_pause(made.target, head.text("retry-after"), attempt, rules, failed=failed)
    if made.crossing is None or (failed and attempt.number < len(_list(attempt, "names"))):
        # Envoy goes on to the next target: it need not know what this one has to say for itself.
        await stream.send(Continue(head.phase))
    else:
        await answer.turned_from(stream, head, made.crossing, request)
    return Outcome(Ending.RETRIED, target=made.target)


def _made(request: Request, attempt: Attempt, body: bytes, rules: Rules) -> Made:
    """Raises `FallbackUnfit`."""
    target = _target(attempt, attempt.number, rules)
    if target is None:
        raise FallbackUnfit("The next target of this request is no longer configured.")
    operation = operations.match(request.method, request.path)
    try:
        made = _written(target, operation, request, *_said(attempt, operation, body, rules))
    except (InvalidRequest, PreviousResponseNotFound) as error:
        name = _list(attempt, "names")[attempt.number - 1]
        raise FallbackUnfit(f"The request failed, and cannot be sent to {name}: {error.message}") from None
    return _unstored(made, attempt)


def _unstored(made: Made, attempt: Attempt) -> Made:
    """With nothing to be stored, where the state of the conversation is ours and the target could keep it."""
    carried = attempt.told.get(CARRIED)
    if carried is None or made.crossing:
        return made
    # What the first target was sent as it is has been gone through already.
    items = 0 if attempt.told.get("first_api") is None else int(carried)
    return msgspec.structs.replace(made, body=unstored(made.body, items, made.target.model))


def _said(attempt: Attempt, operation: Operation, body: bytes, rules: Rules) -> tuple[Api, bytes]:
    """The best there is of what the client said, and the API that it is said in.

    `body` is that but for the model's name, where the first target speaks the client's API.
    """
    first = attempt.told.get("first_api")
    if first is None:
        return operation.api, body
    original = rules.ports.originals.get(str(attempt.told.get("original")))
    return (Api(first), body) if original is None else (operation.api, original)


def _written(target: Target, operation: Operation, request: Request, said: Api, body: bytes) -> Made:
    """Raises `InvalidRequest` for what cannot be said to this target."""
    api = upstream_api(operation, target.provider.profile)
    if api is None and said is operation.api:
        path = upstream_path(target, operation, request.path)
        return Made(target, path, _with_model(operation, request, body, target.model), None)
    if said not in CLIENT_DIALECTS:
        raise InvalidRequest("What the client said is lost.")
    crossing = translate(body, said, api or operation.api, target.model, target.provider.profile)
    path = crossing_path(target, crossing.upstream, crossing.request.stream)
    back = None if api is None else dataclasses.replace(crossing, client=operation.api)
    return Made(target, path, crossing.body, back, crossing.lost)


def _with_model(operation: Operation, request: Request, body: bytes, model: str) -> bytes:
    if operation.body is BodyKind.MULTIPART:
        located = multipart.model_of(body, request.headers.text("content-type"))
        return multipart.with_model(body, located, model)
    return json_body.with_model(body, json_body.model_of(body), model)


def _rewrite(made: Made, attempt: Attempt) -> Rewrite:
    translated = made.crossing is not None
    kept = () if translated else _clients_headers(attempt)
    set_headers = (
        (":path", made.path.encode("latin-1")),
        *body_headers(made.body, translated=translated),
        *kept,
    )
    present = {name for name, _ in kept}
    removed = tuple(name for name in OF_THE_CLIENTS_API if name not in present)
    return Rewrite(Phase.REQUEST_BODY, set_headers, made.body, removed, metadata=_told(made, attempt))


def _clients_headers(attempt: Attempt) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (key.removeprefix(HEADER_KEY), str(value).encode("latin-1"))
        for key, value in attempt.told.items()
        if key.startswith(HEADER_KEY)
    )


def _told(made: Made, attempt: Attempt) -> Metadata:
    """In place of what was said of the attempt before."""
    return {
        "tried": _trail(attempt),
        "provider": made.target.provider.name,
        "model": made.target.model,
        "upstream_api": made.crossing.upstream if made.crossing else None,
        "lost_fields": ", ".join(made.lost)[:LOST_FIELDS_CHARS_MAX] if made.lost else None,
    }


def _trail(attempt: Attempt) -> str:
    """This target's name, behind those before it and what they answered."""
    *before, own = _list(attempt, "names")[: attempt.number]
    answers = (_answer(attempt, number)[0] for number in range(1, attempt.number))
    return (
        "".join(f"{name} {status or UNANSWERED}, " for name, status in zip(before, answers, strict=True))
        + own
    )


def _answer(attempt: Attempt, number: int) -> tuple[str, str]:
    """Status and ``retry-after`` of an earlier attempt; both empty where there was no answer."""
    status, _, wanted = str(attempt.told.get(f"{_ANSWERED}{number}") or "").partition(" ")
    return status, wanted


def _failed(head: Headers, attempt: Attempt, rules: Rules) -> bool:
    """Whether the policy counts this answer as a failure."""
    policy = rules.fallback.policies.get(str(attempt.told.get("retry_policy")))
    return policy is not None and int(head.text(":status")) in policy.status_codes


def _note_pauses(attempt: Attempt, rules: Rules) -> None:
    """Those that earlier attempts were asked for: this is where a worker learns of them."""
    for number in range(1, attempt.number):
        target = _target(attempt, number, rules)
        if target is not None:
            _note_pause(target, _answer(attempt, number)[1], attempt, rules, failed=True)


def _note_pause(target: Target, wanted: str, attempt: Attempt, rules: Rules, *, failed: bool) -> None:
    policy = rules.fallback.policies.get(str(attempt.told.get("retry_policy")))
    if not wanted or not failed or policy is None or not policy.respect_retry_after:
        return
    if seconds := seconds_of(wanted):
        rules.ports.cooling.cool(target, seconds)


def _target(attempt: Attempt, number: int, rules: Rules) -> Target | None:
    """``None``: a newer config has no such provider."""
    providers, models = _list(attempt, "providers"), _list(attempt, "models")
    if not 0 < number <= len(providers):
        return None
    provider = rules.fallback.provider(providers[number - 1])
    return Target(provider, models[number - 1]) if provider else None


def _list(attempt: Attempt, key: str) -> tuple[str, ...]:
    value = attempt.told.get(key)
    return value if isinstance(value, tuple) else ()
