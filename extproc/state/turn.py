"""One exchange with all that is known of it, after its end: Plano calls its record an Agentic Signal.

The fields are those of ``plano.state.v1.Turn``, whose comments say what they mean; a test compares the two.
Nothing of what was said is in it.
"""

from typing import Final

import msgspec

EVENT: Final = "event"
"""Source: the external processor."""
ACCESS_LOG: Final = "access_log"
"""Source: Envoy."""

_BROKE_OFF: Final = frozenset({"UC", "UR", "LR", "UT", "SI", "DT", "UMSDR", "UPE", "OM"})
"""Flags of answers whose end never came though their client was there to have it."""


class Usage(msgspec.Struct, omit_defaults=True):
    """Tokens, counted as OpenTelemetry does."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


class Latency(msgspec.Struct, omit_defaults=True):
    """Milliseconds; ``None`` where nobody measured."""

    total_ms: float | None = None
    request_ms: float | None = None
    first_byte_ms: float | None = None
    upstream_first_byte_ms: float | None = None
    routing_ms: float | None = None
    extproc_ms: float | None = None
    exchange_ms: float | None = None


class Call(msgspec.Struct, omit_defaults=True):
    """A call through Envoy's outbound listener while the request was held."""

    cluster: str = ""
    status: int = 0
    took_ms: float = 0.0
    flags: list[str] = []


class Turn(msgspec.Struct, omit_defaults=True):
    """Mutable while its exchange goes on; nobody changes it afterwards."""

    request_id: str
    began: float = 0.0
    ended: float = 0.0
    sources: list[str] = []
    listener: str = ""
    path: str = ""
    operation: str = ""
    api: str = ""
    tenant: str = ""
    conversation: str = ""
    trace_id: str = ""
    provider: str = ""
    model: str = ""
    alternatives: list[str] = []
    agents: list[str] = []
    upstream_api: str = ""
    route: str = ""
    routed_by: str = ""
    routing_reason: str = ""
    session: str = ""
    ending: str = ""
    error_code: str = ""
    status: int = 0
    failed: bool = False
    usage: Usage | None = None
    latency: Latency = msgspec.field(default_factory=Latency)
    cluster: str = ""
    upstream: str = ""
    attempts: int = 0
    flags: list[str] = []
    request_bytes: int = 0
    response_bytes: int = 0
    calls: list[Call] = []

    @property
    def sent(self) -> bool:
        """Whether it was sent to somebody."""
        return bool(self.provider or self.agents)

    def learn(self, more: "Turn") -> None:
        """What `more` knows holds, where it knows anything; sources and calls are added."""
        for name in _SIMPLE:
            if value := getattr(more, name):
                setattr(self, name, value)
        for name in Latency.__struct_fields__:
            if (value := getattr(more.latency, name)) is not None:
                setattr(self.latency, name, value)
        self.sources = sorted({*self.sources, *more.sources})
        self.calls = [*self.calls, *more.calls]

    def judge(self) -> None:
        """Say whether it failed."""
        by_us = self.ending == "failed" or bool(self.error_code and self.status == 0)
        self.failed = by_us or self.status >= 400 or not _BROKE_OFF.isdisjoint(self.flags)


_MERGED: Final = ("request_id", "sources", "latency", "calls")
_SIMPLE: Final = tuple(name for name in Turn.__struct_fields__ if name not in _MERGED)

encode: Final = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Turn)


def decode(data: bytes) -> Turn | None:
    """``None``: another version's, which cannot be read."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        return None
