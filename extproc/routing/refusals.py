"""What a caller is told when no target can be chosen. Made only when it is needed: some of it costs."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from extproc import limits
from extproc.config.snapshot import Provider
from extproc.dialects.api import Api
from extproc.errors import InvalidRequest, ModelNotFound, UnsupportedApi

_CALLS: Final[Mapping[Api, str]] = {
    Api.CHAT: "OpenAI Chat Completions (/v1/chat/completions)",
    Api.RESPONSES: "OpenAI Responses (/v1/responses)",
    Api.MESSAGES: "Anthropic Messages (/v1/messages)",
    Api.CONVERSE: "Amazon Bedrock Converse",
    Api.OPENAI: "OpenAI's other operations (such as /v1/embeddings)",
}
"""An API by its name and the path that calls it."""

_SUGGESTIONS_MAX: Final = 3
_MISTYPED_CHARS_MAX: Final = 100
"""Longer names are not compared with the configured ones: nobody types them, and comparing them costs."""


def model_not_found(name: str, known: Iterable[str], wildcards: Sequence[str]) -> ModelNotFound:
    """No provider has `name`; says which names are like it, or how to ask a wildcard for a model."""
    shown = name if len(name) <= limits.MODEL_NAME_CHARS_MAX else f"{name[: limits.MODEL_NAME_CHARS_MAX]}…"
    message = f"The model '{shown}' is not configured."
    if near := _near(name, known):
        message += f" Did you mean {near}?"
    elif wildcards:
        prefixes = " or ".join(f"'{prefix}/…'" for prefix in wildcards[:_SUGGESTIONS_MAX])
        message += f" A model that is not listed can be asked for as {prefixes}."
    return ModelNotFound(message, param="model")


def no_default(wildcards: Sequence[str]) -> InvalidRequest:
    """The request names no model, and no entry can stand for it."""
    if not wildcards:
        return InvalidRequest("No model provider is configured.", param="model")
    entries = ", ".join(f"{prefix}/*" for prefix in wildcards[:_SUGGESTIONS_MAX])
    return InvalidRequest(
        f"The request names no model, and there is no default: the config has only wildcards ({entries}).",
        param="model",
    )


def unsupported_api(api: Api, provider: Provider, model: str) -> UnsupportedApi:
    """The provider of the model that was asked for speaks other APIs than the one called."""
    spoken = " or ".join(call for other, call in _CALLS.items() if other in provider.profile.apis)
    what = f"The model '{model}' is served by {provider.prefix}, which" if model else provider.prefix
    return UnsupportedApi(f"{what} does not speak {_CALLS[api]}; it speaks {spoken}.", param="model")


def _near(name: str, known: Iterable[str]) -> str:
    if len(name) > _MISTYPED_CHARS_MAX:
        return ""
    return " or ".join(f"'{match}'" for match in get_close_matches(name, known, n=_SUGGESTIONS_MAX))
