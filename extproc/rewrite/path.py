"""The path and query that a provider is asked for: its own prefix in place of our ``/v1``.

    client                       provider                          upstream
    /v1/chat/completions         groq                              /openai/v1/chat/completions
    /v1/embeddings?x=1           base_url https://host/v2          /v2/embeddings?x=1
    /v1/chat/completions         azure_openai, model a/b           /openai/deployments/a%2Fb/chat/completions
                                                                     ?api-version=2025-01-01-preview

What follows ``/v1`` is passed as the client wrote it, the query string byte for byte.
"""

from typing import Final
from urllib.parse import quote

from extproc.config.snapshot import Provider
from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.dialects.operation import Operation
from extproc.routing.models import Target

_OURS: Final = "/v1"
_UNVERSIONED: Final = frozenset({"perplexity"})
"""Names before the slash of a config's ``model`` whose host has no version in its paths."""
_MODEL: Final = "{model}"
_DEPLOYMENT: Final = "/deployments/{model}"
_CALLS: Final = {
    api: operations.match("POST", path)
    for api, path in (
        (Api.CHAT, "/v1/chat/completions"),
        (Api.MESSAGES, "/v1/messages"),
        (Api.RESPONSES, "/v1/responses"),
    )
}


def upstream_path(target: Target, operation: Operation, path: str) -> str:
    """The ``:path`` for `target`, from the client's `path` with its query, which matched `operation`."""
    bare, _, query = path.partition("?")
    provider = target.provider
    prefix = _prefix(provider)
    if _MODEL in prefix:
        prefix = _deployed(prefix, target.model)
    if operation.api is Api.MESSAGES and not _versioned(prefix):
        # Anthropic's SDK takes base URLs without the version, OpenAI's with it; both are written in configs.
        prefix += _OURS
    query = _with_api_version(query, provider, prefix)
    rest = bare[len(_OURS) :].removesuffix("/")
    return f"{prefix}{rest}?{query}" if query else f"{prefix}{rest}"


def crossing_path(target: Target, api: Api, stream: bool) -> str:
    """The ``:path`` for a request that was translated to `api`; nothing of the client's path is left."""
    if api is Api.CONVERSE:
        call = "converse-stream" if stream else "converse"
        # A model's id may be an ARN, which has slashes.
        return f"{_prefix(target.provider)}/model/{quote(target.model, safe='')}/{call}"
    operation = _CALLS[api]
    return upstream_path(target, operation, operation.path)


def _prefix(provider: Provider) -> str:
    """What stands for ``/v1`` at this provider; at Azure, with a place for the model."""
    known, base = provider.profile.path_prefix, provider.base_path
    if not base:
        return "" if provider.prefix.lower() in _UNVERSIONED else known
    if known.startswith(f"{base}/"):
        # A beginning of the provider's own prefix (Gemini's /v1beta, Azure's /openai) is only its address.
        return known
    if _MODEL not in known or _versioned(base) or "/deployments/" in base:
        return base
    return f"{base}{_DEPLOYMENT}" if base.endswith("/openai") else f"{base}/{_MODEL}"


def _deployed(prefix: str, model: str) -> str:
    """Azure's prefix for one deployment; for an operation without a model, the part all of them share."""
    if model:
        return prefix.replace(_MODEL, quote(model, safe=""))
    return prefix.removesuffix(_DEPLOYMENT).removesuffix(f"/{_MODEL}")


def _versioned(prefix: str) -> bool:
    """Whether a prefix ends in a version: ``/v1``, ``/openai/v1``."""
    last = prefix.rpartition("/")[2]
    return last[:1] == "v" and last[1:].isdigit()


def _with_api_version(query: str, provider: Provider, prefix: str) -> str:
    """The client's query, and Azure's ``api-version`` if it has none; Azure's /v1 API needs none."""
    version = provider.api_version or (None if _versioned(prefix) else provider.profile.api_version)
    if not version or any(pair.startswith("api-version=") for pair in query.split("&")):
        return query
    parameter = f"api-version={quote(version, safe='')}"
    return f"{query}&{parameter}" if query else parameter
