"""Which known provider an entry of ``model_providers`` stands for."""

from dataclasses import replace
from typing import Final

from extproc.config.model_name import parse
from extproc.config.models.providers import ProviderConfig
from extproc.providers.profile import AuthStyle, Profile
from extproc.providers.table import profile

_AUTH_HEADERS: Final = {
    AuthStyle.BEARER: "authorization",
    AuthStyle.X_API_KEY: "x-api-key",
    AuthStyle.API_KEY: "api-key",
}


def auth_header(known: Profile) -> str:
    """Name of the request header that carries the provider's credential."""
    return _AUTH_HEADERS[known.auth]


def profile_of(provider: ProviderConfig) -> Profile | None:
    """The profile of the prefix in ``model``, else of ``provider_interface``; ``None``: neither is known.

    A provider of the user's own speaks like the one it names, but has other models: no catalogue.
    """
    known = profile(parse(provider.model).prefix)
    if known is not None or provider.provider_interface is None:
        return known
    like = profile(provider.provider_interface)
    return replace(like, catalogue=None) if like else None


def host_of(provider: ProviderConfig, known: Profile) -> str | None:
    """Where an entry without ``base_url`` is; ``None``: it must say so."""
    if provider.aws is not None:
        return f"bedrock-runtime.{provider.aws.region}.amazonaws.com"
    return known.host
