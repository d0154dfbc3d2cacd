"""Which targets a request may go to, the first choice first. The rest are its fallback, in that order.

Most requests name their model, and that is all there is to it. Where there are preferences, what the request
says decides (`preferring`).
"""

import msgspec

from extproc.dialects.operation import Operation
from extproc.exchange.aside import aside
from extproc.exchange.messages import NO_METADATA, Metadata
from extproc.exchange.preferences import Preferences, inline
from extproc.exchange.preferring import prefer, readable
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.rewrite import json_body, json_member
from extproc.rewrite.json_check import PREFERENCES
from extproc.rewrite.located import Located
from extproc.routing.models import Target
from extproc.translation.choice import any_target, translatable


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


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request that preferences are for, with what is ours taken out of it."""

    body: bytes
    located: Located
    preferences: Preferences | None
    """Its own, else the config's."""


async def choose(
    operation: Operation, _request: Request, body: bytes, located: Located | None, rules: Rules
) -> Chosen:
    """Raises `InvalidRequest` or `ModelNotFound`."""
    if located is None or (located.model is None and operation.model_optional):
        return Chosen((rules.models.any_provider(operation.api),))
    if (rules.preferences or located.preferences) and translatable(operation):
        return await _preferred(operation, await asked(body, located, rules), rules)
    api = None if any_target(operation) else operation.api
    return Chosen((rules.models.resolve(located.model, api),))


async def asked(body: bytes, located: Located, rules: Rules) -> Asked:
    """Raises `InvalidRequest` or `ModelNotFound` for preferences in the body that cannot be followed."""
    if not located.preferences:
        return Asked(body, located, rules.preferences)
    return await aside(len(body), _taken_out, body, rules)


def _taken_out(body: bytes, rules: Rules) -> Asked:
    value, rest = json_member.cut(body, PREFERENCES)
    own = rules.preferences if value == b"null" else inline(value, rules.models)
    return Asked(rest, json_body.model_of(rest), own)


async def _preferred(operation: Operation, asked: Asked, rules: Rules) -> Chosen:
    requested = rules.models.resolve(asked.located.model, None)
    if asked.preferences is None:
        return Chosen((requested,), body=asked.body, located=asked.located)
    request = await readable(asked.body, operation.api, requested.model)
    preferred = await prefer(request, asked.preferences, rules)
    targets = tuple(option.target for option in preferred.options)
    return Chosen(targets or (requested,), preferred.told, asked.body, asked.located)
