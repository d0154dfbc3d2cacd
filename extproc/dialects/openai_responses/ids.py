"""Ids as this API makes them: the provider's own where they fit, else made from the provider's."""

import re
import uuid
from typing import Final

_NOT_HEX: Final = re.compile(r"[^A-Za-z0-9]")
_PREFIX: Final = re.compile(r"^(?:chatcmpl|resp|msg|gen|cmpl)[-_]")
_CORE_CHARS_MAX: Final = 48
"""The API's ids have at most 64 characters."""


class Ids:
    """The ids of one answer."""

    def __init__(self, provider_id: str) -> None:
        core = _NOT_HEX.sub("", _PREFIX.sub("", provider_id))[:_CORE_CHARS_MAX] or uuid.uuid4().hex
        self.response = provider_id if provider_id.startswith("resp_") else f"resp_{core}"
        self._core = core

    def item(self, prefix: str, output_index: int, own: str | None = None) -> str:
        """The id of an output item; `own`: the one that it has, if this API made it."""
        if own and own.startswith(f"{prefix}_"):
            return own
        return f"{prefix}_{self._core}{output_index:04x}"

    def call(self, output_index: int, own: str) -> str:
        """The id by which a tool's output refers to its call."""
        return own or f"call_{self._core}{output_index:04x}"
