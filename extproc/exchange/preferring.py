"""Which kind of task is this, and which models are good at it: asks the router, and ranks what it says.

Nothing here fails a request: where nobody can say, or the body makes no sense, the requested model answers.
"""

import logging

import msgspec

from extproc.dialects.api import Api
from extproc.errors import InvalidRequest
from extproc.exchange.aside import aside
from extproc.exchange.messages import Metadata
from extproc.exchange.preferences import Kind, Option, Preferences
from extproc.exchange.rules import Rules
from extproc.llm.request import Request
from extproc.routers.candidate import Choice, Stage
from extproc.routers.conversation import turns
from extproc.translation.request import read

log = logging.getLogger(__name__)

_NOT_ASKED = Choice((), Stage.DEFAULT, sure=False, reason="Nobody was asked.")


class Preferred(msgspec.Struct, frozen=True, gc=False):
    """What a request is about."""

    choice: Choice
    kind: Kind | None = None
    """``None``: of none of the kinds that were asked about."""
    options: tuple[Option, ...] = ()
    """The models for it, the best first."""

    @property
    def told(self) -> Metadata:
        """For the access log."""
        told: dict[str, str | bool | float] = {
            "routed_by": self.choice.stage.value,
            "routing_ms": round(self.choice.ms, 3),
        }
        if self.kind:
            told["route"] = self.kind.name
        return told


async def readable(body: bytes, api: Api, model: str) -> Request | None:
    """What a body asks; ``None`` for one that only its provider may understand."""
    return await aside(len(body), _read, body, api, model)


async def prefer(asked: Request | None, preferences: Preferences, rules: Rules) -> Preferred:
    """The kind of `asked`, and its models."""
    choice = await _choice(asked, preferences, rules)
    kind = next((preferences.kinds[name] for name in choice.names if name in preferences.kinds), None)
    return Preferred(choice, kind, kind.ranked(rules.prices)) if kind else Preferred(choice)


async def _choice(asked: Request | None, preferences: Preferences, rules: Rules) -> Choice:
    router = rules.routers.preferences
    if asked is None or router is None:
        return _NOT_ASKED
    try:
        return await router.choose(turns(asked), preferences.candidates)
    except Exception:
        log.exception("a router failed; the requested model answers")
        return _NOT_ASKED


def _read(body: bytes, api: Api, model: str) -> Request | None:
    try:
        return read(body, api, model)
    except InvalidRequest:
        return None
