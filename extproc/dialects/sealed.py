"""What reasoning is worth to the API that made it, in one string: so it crosses a client of another API.

A client has one field for such a thing (``signature``, ``encrypted_content``) and returns it unread with
the next turn. Nothing in it is secret: a client that changes it gets the provider's refusal.
"""

from typing import Final

import msgspec

from extproc.llm.parts import Reasoning

_PREFIX: Final = "plano1:"
_DECODER: Final = msgspec.json.Decoder(tuple[str, str | None, str | None, str | None])


def seal(reasoning: Reasoning) -> str | None:
    """Origin, id, signature and redacted data; ``None``: there is nothing to keep."""
    kept = (reasoning.origin, reasoning.id, reasoning.signature, reasoning.redacted)
    if reasoning.origin is None or not any(kept[1:]):
        return None
    return _PREFIX + msgspec.json.encode(kept).decode()


def is_sealed(value: str) -> bool:
    """Whether `seal` made it, of what another API is given back."""
    return value.startswith(_PREFIX)


def unseal(value: str, text: str) -> Reasoning | None:
    """The reasoning with `text` and all that was kept; ``None``: `value` is not sealed."""
    if not is_sealed(value):
        return None
    try:
        origin, item_id, signature, redacted = _DECODER.decode(value.removeprefix(_PREFIX).encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return Reasoning(text, signature=signature, redacted=redacted, id=item_id, origin=origin)
