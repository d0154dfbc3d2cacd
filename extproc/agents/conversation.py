"""Which conversation a request belongs to, and which agents that is with.

The client may name it (``x-model-affinity``); otherwise it is recognised by how it begins.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote

import msgspec

from extproc.limits import SESSION_ID_CHARS_MAX
from extproc.llm.request import Request, Role
from extproc.routers.conversation import said_in
from extproc.sessions import keys
from extproc.sessions.store import SessionStore


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """One conversation at one listener."""

    id: str
    """What agents are told: visible ASCII; never the same for two tenants."""
    key: str
    """Where its binding is kept."""
    named: bool = False
    """The client gave the id: nobody else's conversation has it."""


class Standing(StrEnum):
    """What a binding is worth to a request."""

    CURRENT = "current"
    """It is of the turn before, or of this one, which a tool has answered meanwhile."""
    OLDER = "older"
    """The conversation went on since then where nobody saw it from here, or this request came before."""
    FOREIGN = "foreign"
    """It is of another conversation that began alike, or of turns that were taken back."""


class Binding(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of a conversation: where its newest request went, and which one that was."""

    agents: tuple[str, ...]
    """Ids of those that it went to, in the order of their work; of a follow-up, those before it."""
    turns: int
    """How often the person had spoken in it."""
    said: str
    """A digest of that."""

    @classmethod
    def of(cls, agents: Sequence[str], request: Request) -> "Binding":
        """That `request` goes to `agents`."""
        turns = _turns(request)
        return cls(tuple(agents), len(turns), _digest(turns))

    def standing(self, request: Request, *, named: bool) -> Standing:
        """What it is worth to `request`; `named`: the client says that it is the same conversation."""
        turns = _turns(request)
        newer = len(turns) - self.turns
        same = newer >= 0 and _digest(turns[: self.turns]) == self.said
        last = request.messages[-1].role if request.messages else Role.USER
        if same and ((newer == 1 and last is not Role.TOOL) or (newer == 0 and last is not Role.USER)):
            return Standing.CURRENT
        # The same first words once more are anybody's; a longer beginning is a retry.
        return Standing.OLDER if named or (same and len(turns) > 1) else Standing.FOREIGN


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
        return Conversation(told, f"agent:{listener}:{scope}:{_visible(affinity)}", named=True)
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


def _turns(request: Request) -> list[str]:
    """What the person said in each message of theirs that has text."""
    return [text for message in request.messages if message.role is Role.USER and (text := said_in(message))]


def _digest(turns: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for turn in turns:
        # Each by itself, so that two turns are not one that has both their texts.
        digest.update(hashlib.sha256(turn.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()[:32]


def _visible(text: str) -> str:
    """`text`, where a header can carry it as it is and it is short; else a fingerprint."""
    if len(text) <= SESSION_ID_CHARS_MAX and all("!" <= char <= "~" for char in text):
        return text
    return f"hashed:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
