"""Which known provider an entry of ``model_providers`` stands for."""

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
    """The profile of the prefix in ``model``, else of ``provider_interface``; ``None``: neither is known."""
    return profile(parse(provider.model).prefix) or profile(provider.provider_interface or "")
