"""The path that a provider is asked on. Pure text; the query string passes byte for byte."""

from typing import Final
from urllib.parse import quote

from extproc.config.snapshot import Provider
from extproc.dialects.operation import BodyKind, Operation
from extproc.routing.models import Target

_VERSION: Final = "/v1"
_DEPLOYMENT: Final = "/{model}"
_GEMINI_NATIVE: Final = "/v1beta"
_UNVERSIONED: Final = frozenset({"perplexity"})
"""Providers of the OpenAI kind without a version in their paths, by the prefix a config gives them."""


def upstream_path(target: Target, operation: Operation, path: str) -> str:
    """The client's `path`, ``/v1…``, with the provider's own prefix in place of ``/v1``.

    A ``base_url`` with a path replaces the prefix of the provider's profile.
    """
    bare, _, query = path.partition("?")
    provider = target.provider
    version = provider.api_version or provider.profile.api_version
    if version and "api-version=" not in query:
        query = f"{query}&api-version={version}" if query else f"api-version={version}"
    resource = bare.removeprefix(_VERSION)
    return _prefix(target, operation) + resource + (f"?{query}" if query else "")


def _prefix(target: Target, operation: Operation) -> str:
    provider = target.provider
    prefix = provider.profile.path_prefix
    if not prefix.endswith(_DEPLOYMENT):
        return _own(provider, prefix)
    # Azure: one path a deployment; what names no model belongs to the whole resource.
    deployments = _own(provider, prefix.removesuffix(_DEPLOYMENT))
    if operation.body is BodyKind.OPAQUE:
        return deployments.removesuffix("/deployments")
    return f"{deployments}/{quote(target.model, safe='')}"


def _own(provider: Provider, prefix: str) -> str:
    """The config's prefix if it has one, corrected where people are known to leave out a part."""
    base = provider.base_path
    if not base:
        return "" if provider.prefix in _UNVERSIONED else prefix
    if provider.profile.id == "gemini" and base == _GEMINI_NATIVE:
        return prefix  # the native API's root: OpenAI's is below it
    return base
