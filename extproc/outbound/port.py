"""The way out of an exchange, as the exchange sees it."""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Answered(msgspec.Struct, frozen=True, gc=False):
    """An HTTP answer, whole. Names in `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OutboundError(Exception):
    """No answer came: refused, reset, over its deadline or its size. `str()` says which, for people,
    with "it" for whoever was called."""


class Outbound(Protocol):
    """Sends requests to Envoy's clusters."""

    async def post(
        self, cluster: str, path: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> Answered:
        """POST `body` to `path` at `cluster`; raises `OutboundError`, never later than after `deadline_s`.

        A status of 400 and more is an answer. Envoy's own reply (no connection …) raises.
        """


class NoOutbound:
    """Where Envoy offers no way out: every call fails at once."""

    async def post(self, *_: object) -> Answered:
        """Raise `OutboundError`."""
        raise OutboundError("this gateway has no outbound listener")
