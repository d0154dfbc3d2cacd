"""Every dialect by its `Api`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from extproc.dialects import openai_chat
from extproc.dialects.api import Api
from extproc.dialects.base import Dialect, UpstreamDialect

CLIENT_DIALECTS: Final[Mapping[Api, Dialect]] = MappingProxyType({Api.CHAT: openai_chat.DIALECT})
"""Those that clients speak; providers speak each of them too."""

UPSTREAM_DIALECTS: Final[Mapping[Api, UpstreamDialect]] = MappingProxyType({**CLIENT_DIALECTS})
"""Those that providers speak."""
