"""Which targets a request may go to, the first choice first. The rest are its fallback, in that order."""

from collections.abc import Mapping

import msgspec

from extproc.dialects.operation import Operation
from extproc.exchange.messages import NO_METADATA
from extproc.exchange.request import Request
from extproc.exchange.rules import Rules
from extproc.rewrite.located import Located
from extproc.routing.models import Target
from extproc.translation.choice import any_target


class Chosen(msgspec.Struct, frozen=True, gc=False):
    """The targets of a request, and what the choice tells of itself."""

    targets: tuple[Target, ...]
    """At least one."""
    told: Mapping[str, str | bool] = NO_METADATA
    """For the access log: the route that matched, who decided …"""


async def choose(
    operation: Operation, _request: Request, _body: bytes, located: Located | None, rules: Rules
) -> Chosen:
    """Raises `InvalidRequest` or `ModelNotFound`."""
    if located is None or (located.model is None and operation.model_optional):
        return Chosen((rules.models.any_provider(operation.api),))
    api = None if any_target(operation) else operation.api
    return Chosen((rules.models.resolve(located.model, api),))
