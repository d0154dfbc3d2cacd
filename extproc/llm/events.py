"""A streamed answer as events. Every decoder gives, and every encoder may rely on, exactly this order:

    Started  (PartStarted(i)  Delta(i)*  PartEnded(i))*  Finished?  |  Failed

with i = 0, 1, 2 … in the order the parts began. Parts may overlap (parallel tool calls); each starts once and
ends once. `Ping` may come anywhere after `Started`. The last event is `Finished` or `Failed`, exactly once: a
decoder whose input ends before its API's end says `Failed`.
"""

from enum import StrEnum

import msgspec

from extproc.llm.response import Finish, Usage


class PartKind(StrEnum):
    """What a streamed part is."""

    TEXT = "text"
    REASONING = "reasoning"
    REFUSAL = "refusal"
    TOOL_CALL = "tool_call"


class Started(msgspec.Struct, frozen=True, gc=False):
    """The answer begins; fields as in `Response`."""

    id: str = ""
    model: str = ""
    created: int | None = None
    usage: Usage | None = None
    """What is known already (M ``message_start``)."""
    service_tier: str | None = None


class PartStarted(msgspec.Struct, frozen=True, gc=False):
    """A part begins."""

    index: int
    kind: PartKind
    id: str = ""
    """Of a tool call: the call's id; of reasoning: R's item id."""
    name: str = ""
    """Of a tool call."""
    custom: bool = False


class Delta(msgspec.Struct, frozen=True, gc=False):
    """More of a part: its text, or its arguments."""

    index: int
    text: str


class PartEnded(msgspec.Struct, frozen=True, gc=False):
    """A part is whole."""

    index: int
    signature: str | None = None
    """Of reasoning, as in `Reasoning`."""
    redacted: str | None = None
    origin: str | None = None
    annotations: tuple[dict[str, object], ...] = ()
    """Of text."""


class Ping(msgspec.Struct, frozen=True, gc=False):
    """Nothing but a sign of life."""


class Finished(msgspec.Struct, frozen=True, gc=False):
    """The answer is whole."""

    finish: Finish
    usage: Usage | None = None
    stop_sequence: str | None = None


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The answer broke off."""

    message: str
    type: str = "api_error"
    """M's name of the error (``overloaded_error``, ``rate_limit_error`` …); the writers map it."""
    code: str | None = None


Event = Started | PartStarted | Delta | PartEnded | Ping | Finished | Failed
