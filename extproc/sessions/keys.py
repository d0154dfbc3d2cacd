"""Which conversation a request belongs to: the client's own id for it, or what all its requests begin with.

A conversation grows at its end. System prompt, tools and the first thing said stay, so that their hash is the
same on each turn: Plano's implicit key. The hash without what was said is the prefix: requests with the same
one share what a provider, or a replica of it, has in its prompt cache.
"""

import hashlib
from typing import Final
from urllib.parse import quote

import msgspec

from extproc.limits import SESSION_ID_CHARS_MAX
from extproc.llm.parts import Audio, Document, FileId, Image, Inline, Opaque, Part, Text, Url
from extproc.llm.request import Message, Request, Role, Tool
from extproc.sessions import fnv

_SALTED: Final = fnv.with_field(fnv.OFFSET_BASIS, "plano-affinity-v1")
_INSTRUCTIONS: Final = (Role.SYSTEM, Role.DEVELOPER)
_MEDIA: Final = (Image, Audio, Document)
_BILLING: Final = "x-anthropic-billing-header:"
"""Claude Code begins its system prompt with such a line, and writes another hash into it each time."""
_SAMPLE_CHARS: Final = 256


class Keys(msgspec.Struct, frozen=True, gc=False):
    """What a conversation is called."""

    session: str | None
    """As clients are told it: their own id, or ``implicit:`` and 16 hexadecimal digits."""
    prefix: str | None
    """16 hexadecimal digits, for ring hashes and to see that a cached beginning has changed."""
    explicit: bool = False
    """The client gave the id."""
    tenant: str = ""

    def entry(self, lane: str) -> str | None:
        """Under what the store has the conversation's binding.

        `lane` is the model that the client asks for: a tool that has its titles written by a small model,
        under the id of the same conversation, neither loses the large one's binding nor gets its model.
        """
        if self.session is None:
            return None
        # Tenant and lane have no colon of their own, so no two conversations have one name.
        return f"model:{quote(self.tenant, safe='')}:{quote(lane, safe='/')}:{self.session}"


NO_KEYS: Final = Keys(None, None)


def of(request: Request, tenant: str = "", affinity: str = "", *, cached: bool = True) -> Keys:
    """The keys of a request; `affinity` is the client's id for the conversation, ``""``: it gave none.

    Without `cached` (``x-plano-cache: off``), and for a request in which no user speaks, there is nothing but
    the client's id.
    """
    session, tenant = bounded(affinity.strip()), bounded(tenant)
    first = next(filter(_says_something, request.messages), None)
    if first is None or not cached:
        return Keys(session or None, None, bool(session), tenant)
    state = fnv.with_field(_SALTED, tenant)
    state = fnv.with_field(state, "\n".join(_instructions(request)))
    prefix = fnv.with_field(state, ",".join(tool.name for tool in request.tools if isinstance(tool, Tool)))
    return Keys(session or _implicit(prefix, first.parts), f"{prefix:016x}", bool(session), tenant)


def _says_something(message: Message) -> bool:
    """Whether a user speaks in it: an answer to go on from, which only its provider has, is nobody's word."""
    return message.role is Role.USER and not (
        message.parts and all(isinstance(part, Opaque) for part in message.parts)
    )


def _implicit(prefix: int, said: tuple[Part, ...]) -> str:
    state = fnv.with_field(prefix, "\n".join(part.text for part in said if isinstance(part, Text)))
    # Beyond Plano's: else the first questions about two pictures would be one conversation.
    for part in said:
        if isinstance(part, _MEDIA):
            state = fnv.with_field(state, _sample(part))
    return f"implicit:{state:016x}"


def _instructions(request: Request) -> list[str]:
    texts: list[str] = []
    for message in request.messages:
        if message.role in _INSTRUCTIONS:
            own = [_without_billing(part.text) for part in message.parts if isinstance(part, Text)]
            texts += [text for text in own if text is not None]
    return texts


def _without_billing(text: str) -> str | None:
    if not text.startswith(_BILLING):
        return text
    return text.partition("\n")[2] or None


def _sample(part: Image | Audio | Document) -> str:
    """Length, beginning and end: enough to tell files apart, and nothing to wait for."""
    source = None if isinstance(part, Audio) else part.source
    match source:
        case Url(url=text) | Inline(data=text) | FileId(id=text) | Text(text=text):
            pass
        case _:
            text = part.data if isinstance(part, Audio) else ""
    return f"{len(text)} {text[:_SAMPLE_CHARS]} {text[-_SAMPLE_CHARS:]}"


def bounded(name: str) -> str:
    """A client's own name for something as it is, or its SHA-256 where it is long."""
    if len(name) <= SESSION_ID_CHARS_MAX:
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
