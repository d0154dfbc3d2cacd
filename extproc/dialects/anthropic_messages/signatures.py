"""``thinking.signature`` and ``redacted_thinking.data``: clients return them unread, whoever made them.

Anthropic's own are plain. Those that Bedrock passes on were made by Anthropic too, and hold on either
platform. Those of any other API are sealed, with what belongs to them, and opened again when they come
back.
"""

from typing import Final

from extproc.dialects import sealed
from extproc.dialects.api import Api
from extproc.llm.parts import Reasoning

ANTHROPIC: Final = frozenset({Api.MESSAGES.value, Api.CONVERSE.value})
"""The origins whose signatures are Anthropic's."""


def read(text: str, value: str | None, *, redacted: bool = False) -> Reasoning:
    """The reasoning whose signature (or redacted data) is `value`."""
    if not value:
        return Reasoning(text)
    foreign = sealed.unseal(value, text)
    if foreign is not None:
        return foreign
    if redacted:
        return Reasoning(text, redacted=value, origin=Api.MESSAGES.value)
    return Reasoning(text, signature=value, origin=Api.MESSAGES.value)


def write(reasoning: Reasoning) -> str:
    """The signature for a client; ``""``: there is none."""
    if reasoning.origin is None or (reasoning.origin in ANTHROPIC and reasoning.redacted is None):
        return reasoning.signature or ""
    return sealed.seal(reasoning) or ""


def write_redacted(reasoning: Reasoning) -> str:
    """The redacted data for a client; ``""``: it is not reasoning of which that is all there is."""
    if not reasoning.redacted or reasoning.text or reasoning.signature:
        return ""
    return reasoning.redacted if reasoning.origin == Api.MESSAGES else sealed.seal(reasoning) or ""
