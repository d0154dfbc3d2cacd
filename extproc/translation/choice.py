"""Which of a provider's APIs a request is translated to, where the provider does not speak the client's."""

from typing import Final

from extproc.dialects.api import Api
from extproc.dialects.operation import Operation
from extproc.providers.profile import Profile

_PREFERRED: Final = (Api.CHAT, Api.MESSAGES, Api.RESPONSES, Api.CONVERSE)
"""Chat first: of a provider with several APIs it is the one that all of its models have."""

_TRANSLATED: Final = frozenset({"chat", "responses", "messages"})
"""The operations that every provider of models can serve by its own API."""

_COUNTED: Final = "messages.count_tokens"
"""Asks nothing of a model, so that we can answer where its provider cannot."""


def upstream_api(operation: Operation, profile: Profile) -> Api | None:
    """The API to translate `operation` to; ``None``: it passes as it is, or not at all."""
    if operation.name not in _TRANSLATED or operation.api in profile.apis:
        return None
    return next((api for api in _PREFERRED if api in profile.apis), None)


def translatable(operation: Operation) -> bool:
    """Whether any provider can serve `operation`."""
    return operation.name in _TRANSLATED


def any_target(operation: Operation) -> bool:
    """Whether `operation` may name any provider's model: it can be translated, or answered here."""
    return translatable(operation) or operation.name == _COUNTED


def counted_here(operation: Operation, profile: Profile) -> bool:
    """Whether `operation` counts tokens for a provider that has no such operation."""
    return operation.name == _COUNTED and operation.api not in profile.apis
