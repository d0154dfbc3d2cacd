"""Where a conversation belongs, and what it has cost: the value that the store keeps of it, in Plano's JSON.

A provider keeps a prompt in its cache for some minutes after it was last used. As long as that is likely, the
conversation is *warm* where it was last answered, its anchor.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from extproc.limits import SESSION_MODELS_MAX

_Tokens = Annotated[int, msgspec.Meta(ge=0)]


class Visit(msgspec.Struct, frozen=True, gc=False):
    """A model that answered the conversation once, and may still have it in its cache."""

    model: str
    last_used: int
    """Unix time, seconds."""
    cached_tokens: _Tokens = 0
    """Length of the prompt then."""


class SessionBinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of a conversation."""

    anchor_model: str
    """The model that answered last."""
    requested_model: str
    """The model that the client asks for."""
    last_used: int
    """Unix time, seconds."""
    default_model: str = ""
    """The model it would be at had it never moved: since it was last cold."""
    route_name: str | None = None
    """The preference that led to the anchor."""
    prefix_hash: int | None = None
    """`Keys.prefix` as a number."""
    cached_tokens: _Tokens = 0
    """Length of the prompt: as the provider counted it, estimated until then."""
    baseline_usd: float = 0.0
    """What reading the prompt from the cache would have cost so far without any move."""
    switch_spend_usd: float = 0.0
    """What moves have cost so far."""
    switches: _Tokens = 0
    history: tuple[Visit, ...] = ()
    """The models it was at, each once."""
    session_cost_usd: float = 0.0
    """What all its answers have cost."""


class Standing(StrEnum):
    """What a binding is worth."""

    NEW = "new"
    """There is none, or it belongs to requests for another model."""
    COLD = "cold"
    """Idle for so long that no provider has the prompt in its cache."""
    DRIFTED = "drifted"
    """System prompt or tools are others than those in the cache."""
    WARM = "warm"


_encode: Final = msgspec.json.Encoder().encode
_decode: Final[Callable[[bytes], SessionBinding]] = msgspec.json.Decoder(SessionBinding).decode


def encode(binding: SessionBinding) -> bytes:
    """The value for the store."""
    return _encode(binding)


def decode(value: bytes | None) -> SessionBinding | None:
    """The binding in the store; what cannot be read counts as none."""
    if value is None:
        return None
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def idle_s(last_used: int, now: float) -> float:
    """Seconds since then. The clocks of two gateways may differ: never negative."""
    return max(0.0, now - last_used)


def standing(
    binding: SessionBinding | None, requested: str, prefix: str | None, warm_s: float, now: float
) -> Standing:
    """What `binding` is worth to a request for the model `requested` whose prompt begins with `prefix`."""
    if binding is None or binding.requested_model != requested:
        return Standing.NEW
    if drifted(binding, prefix):
        return Standing.DRIFTED
    return Standing.WARM if idle_s(binding.last_used, now) <= warm_s else Standing.COLD


def drifted(binding: SessionBinding, prefix: str | None) -> bool:
    """Whether the prompt begins differently; it does not where either beginning is unknown."""
    return None not in (binding.prefix_hash, prefix) and binding.prefix_hash != hash_of(prefix)


def hash_of(prefix: str | None) -> int | None:
    """A prefix as bindings have it."""
    return None if prefix is None else int(prefix, 16)


def visited(history: tuple[Visit, ...], visit: Visit) -> tuple[Visit, ...]:
    """`history` with `visit` in the place of the model's former one; the newest `SESSION_MODELS_MAX`."""
    others = [other for other in history if other.model != visit.model]
    others.sort(key=lambda other: other.last_used)
    return (*others[-(SESSION_MODELS_MAX - 1) :], visit)
