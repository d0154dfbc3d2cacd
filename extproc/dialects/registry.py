"""Every dialect by its `Api`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from extproc.dialects import anthropic_messages, bedrock_converse, openai_chat, openai_responses
from extproc.dialects.api import Api
from extproc.dialects.base import Dialect, UpstreamDialect

CLIENT_DIALECTS: Final[Mapping[Api, Dialect]] = MappingProxyType(
    {
        dialect.api: dialect
        for dialect in (openai_chat.DIALECT, openai_responses.DIALECT, anthropic_messages.DIALECT)
    }
)
"""Those that clients speak; providers speak each of them too."""

UPSTREAM_DIALECTS: Final[Mapping[Api, UpstreamDialect]] = MappingProxyType(
    {**CLIENT_DIALECTS, bedrock_converse.DIALECT.api: bedrock_converse.DIALECT}
)
"""Those that providers speak."""
