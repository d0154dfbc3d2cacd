"""Which targets a request may go to, the first choice first. The rest are its fallback, in that order.

Most requests name their model, and that is all there is to it. Where there are preferences, what the request
says decides (`preferring`).
"""

import logging

import msgspec

from extproc.dialects.operation import Operation
from extproc.errors import InvalidRequest
from extproc.exchange.aside import aside
from extproc.exchange.following import Following, following
from extproc.exchange.hearing import Heard, hear
from extproc.exchange.messages import NO_METADATA, Metadata
from extproc.exchange.preferences import Preferences, full_name, inline
from extproc.exchange.preferring import prefer
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.rewrite import json_body, json_member
from extproc.rewrite.json_check import PREFERENCES
from extproc.rewrite.located import Located
from extproc.routing.models import Target
from extproc.sessions.policy import Wishes
from extproc.translation.choice import any_target, translatable

log = logging.getLogger(__name__)


class Chosen(msgspec.Struct, frozen=True, gc=False):
    """The targets of a request, and what the choice tells of itself."""

    targets: tuple[Target, ...]
    """At least one."""
    told: Metadata = NO_METADATA
    """For the access log: the route that matched, who decided …"""
    body: bytes | None = None
    """Without what is ours; ``None``: as it came."""
    located: Located | None = None
    """Where in that `body` the model's name stands."""
    prefix: str | None = None
    """A hash of what the prompt begins with."""
    following: Following | None = None
    """What is to be learnt from the answer."""
    conversation: str | None = None
    """The one that the request belongs to; ``None``: nobody needed to know."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request that preferences are for, with what is ours taken out of it."""

    body: bytes
    located: Located
    preferences: Preferences | None
    """Its own, else the config's."""


async def choose(
    stream: Stream, operation: Operation, request: Request, body: bytes, located: Located | None, rules: Rules
) -> Chosen:
    """Raises `InvalidRequest`, `ModelNotFound`, or `Overtaken`."""
    if located is None or (located.model is None and operation.model_optional):
        return Chosen((rules.models.any_provider(operation.api),))
    if (rules.preferences or located.preferences) and translatable(operation):
        return await _preferred(stream, operation, request, await asked(body, located, rules), rules)
    api = None if any_target(operation) else operation.api
    target = rules.models.resolve(located.model, api)
    if target.provider.prefix_affinity and translatable(operation):
        heard = await _heard(operation, request, body, target, rules, routed=False)
        return Chosen((target,), prefix=heard.session.keys.prefix, conversation=heard.session.id)
    return Chosen((target,))


async def asked(body: bytes, located: Located, rules: Rules) -> Asked:
    """Raises `InvalidRequest` or `ModelNotFound` for preferences in the body that cannot be followed."""
    if not located.preferences:
        return Asked(body, located, rules.preferences)
    return await aside(len(body), _taken_out, body, rules)


async def listen(
    operation: Operation, request: Request, body: bytes, requested: str, rules: Rules, *, routed: bool
) -> Heard:
    """What a request for the model `requested` says; `routed`: there are preferences.

    Raises `InvalidRequest` for a body that is not of its API.
    """
    wishes = Wishes.of(request.headers.text, rules.snapshot.tenant_header)
    policy = rules.conversations
    return await aside(len(body), hear, body, operation.api, requested, wishes, policy, routed=routed)


async def _heard(
    operation: Operation, request: Request, body: bytes, requested: Target, rules: Rules, *, routed: bool
) -> Heard:
    try:
        return await listen(operation, request, body, full_name(requested), rules, routed=routed)
    except InvalidRequest as error:
        # No refusal of ours: its provider may understand it, and tells the client if not. Where there are
        # preferences, the access log says that nobody was asked.
        log.debug("a request of %s is sent on without being understood: %s", operation.name, error)
        return Heard(understood=False)


def _taken_out(body: bytes, rules: Rules) -> Asked:
    value, rest = json_member.cut(body, PREFERENCES)
    own = rules.preferences if value == b"null" else inline(value, rules.models)
    return Asked(rest, json_body.model_of(rest), own)


async def _preferred(
    stream: Stream, operation: Operation, request: Request, asked: Asked, rules: Rules
) -> Chosen:
    requested = rules.models.resolve(asked.located.model, None)
    routed = asked.preferences is not None
    heard = await _heard(operation, request, asked.body, requested, rules, routed=routed)
    prefix = heard.session.keys.prefix
    if asked.preferences is None:
        return Chosen(
            (requested,), NO_METADATA, asked.body, asked.located, prefix, conversation=heard.session.id
        )
    preferred = await prefer(stream, heard, requested, asked.preferences, rules)
    told, targets, session = preferred.told, preferred.targets, heard.session
    return Chosen(targets, told, asked.body, asked.located, prefix, following(preferred), session.id)
