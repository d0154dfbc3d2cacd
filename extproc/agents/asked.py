"""A client's request as agents are sent it: in Chat Completions, whatever API the client speaks."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from extproc.agents.beginning import beginning_of
from extproc.agents.body import OpenBody, Said
from extproc.dialects.api import Api
from extproc.llm.request import Request
from extproc.translation import request as translation
from extproc.translation.request import Crossing, translate

_BETWEEN = "\n\n"
"""Between the answers of two agents: where a client joins them, it puts nothing there itself."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request, read."""

    body: bytes
    """In Chat Completions; of a client that speaks it, byte for byte what it sent."""
    request: Request | None
    """What it says, or how it begins; ``None``: nobody wants to know, or it cannot be read."""
    crossing: Crossing | None = None
    """How the answer comes back, where the client's API is another, or others' answers come before it."""
    changed: bool = False
    """`body` is not what the client sent."""

    def opened(self) -> OpenBody:
        """The body with room for what other agents say; raises `InvalidRequest`."""
        return OpenBody(self.body)

    def following(self, said: Sequence[Said], *, concat: bool) -> "Asked":
        """The request for the agent after those who `said` this; with `concat` the client reads it too."""
        if not said:
            return self
        body, crossing = self.opened().filled(said), self.crossing
        if concat and self.request:
            crossing = crossing or Crossing(Api.CHAT, Api.CHAT, self.request, body, ())
            crossing = replace(crossing, prologue=tuple(one.text.rstrip() + _BETWEEN for one in said))
        return Asked(body, self.request, crossing, changed=True)


def read(body: bytes, api: Api, model: str, *, chosen: bool, known: bool) -> Asked:
    """Read a valid JSON object that came by `api` and names `model`; raises `InvalidRequest`.

    A Chat client's is only read as far as it must be: to the end where its agent is to be `chosen` by what it
    says, else its beginning where its conversation is not `known`. The rest is the agent's to judge.
    """
    if api is not Api.CHAT:
        crossing = translate(body, api, Api.CHAT, model)
        return Asked(crossing.body, crossing.request, crossing, changed=True)
    if chosen:
        return Asked(body, translation.read(body, api, model))
    return Asked(body, None if known else beginning_of(body))
