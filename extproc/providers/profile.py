"""What is known of a provider before any configuration: data, one `Profile` an id."""

from dataclasses import dataclass
from enum import StrEnum

from extproc.dialects.api import Api


class AuthStyle(StrEnum):
    """The request header that carries the provider's credential, and its form."""

    BEARER = "bearer"
    """``authorization: Bearer <key>``"""
    X_API_KEY = "x-api-key"
    """``x-api-key: <key>`` (Anthropic)"""
    API_KEY = "api-key"
    """``api-key: <key>`` (Azure OpenAI)"""


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider id: where it is, how it authenticates, which APIs it speaks natively."""

    id: str
    """The id as it stands before the slash in a config's ``model``."""
    display: str
    """As Plano's ``/v1/models`` shows it (``owned_by``)."""
    host: str | None
    """Default host, HTTPS on 443; ``None``: the config must give ``base_url``."""
    path_prefix: str
    """What stands for ``/v1`` in its paths, e.g. ``/openai/v1``; a ``base_url`` path replaces it."""
    auth: AuthStyle
    apis: frozenset[Api]
    """APIs that pass through to it unchanged."""
    catalogue: str | None = None
    """Name of its model list in the shipped catalogue, for ``provider/*``."""
    aliases: tuple[str, ...] = ()
    """Other spellings of the id that a config may use."""
    api_version: str | None = None
    """Default of the ``api-version`` query parameter that every request must carry (Azure)."""
