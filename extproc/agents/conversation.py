"""Which conversation a request belongs to, and which agents that is with.

The client may name it (``x-model-affinity``); otherwise it is recognised by how it begins.
"""

import hashlib
from urllib.parse import quote

import msgspec

from extproc.limits import SESSION_ID_CHARS_MAX
from extproc.llm.request import Request
from extproc.sessions import keys
from extproc.sessions.store import SessionStore


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """One conversation at one listener."""

    id: str
    """What agents are told: visible ASCII; never the same for two tenants."""
    key: str
    """Where its binding is kept."""


class Binding(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a conversation."""

    agents: tuple[str, ...]
    """Ids of those that its last sure request went to, in the order of their work."""


_decode = msgspec.json.Decoder(Binding).decode
_encode = msgspec.json.Encoder().encode


def conversation_of(
    listener: str, tenant: str, affinity: str, request: Request | None
) -> Conversation | None:
    """The conversation that `affinity` names, else the one that begins as `request` does.

    ``None``: nobody has said anything in it yet. `tenant` is ``""`` where there are none.
    """
    scope = quote(tenant, safe="")
    if affinity:
        told = _visible(f"{scope}:{affinity}" if scope else affinity)
        return Conversation(told, f"agent:{listener}:{scope}:{_visible(affinity)}")
    session = keys.of(request, tenant).session if request else None
    # The tenant is part of what the key was made from.
    return Conversation(session, f"agent:{listener}:{scope}:{session}") if session else None


async def binding_of(conversation: Conversation, store: SessionStore) -> Binding | None:
    """What `store` remembers of `conversation`."""
    kept = await store.get(conversation.key)
    if kept is None:
        return None
    try:
        return _decode(kept)
    except msgspec.DecodeError:  # another version's
        return None


async def bind(conversation: Conversation, binding: Binding, store: SessionStore, ttl_s: float) -> None:
    """Remember `binding` for `ttl_s` seconds from now."""
    await store.put(conversation.key, _encode(binding), ttl_s)


def _visible(text: str) -> str:
    """`text`, where a header can carry it as it is and it is short; else a fingerprint."""
    if len(text) <= SESSION_ID_CHARS_MAX and all("!" <= char <= "~" for char in text):
        return text
    return f"hashed:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
