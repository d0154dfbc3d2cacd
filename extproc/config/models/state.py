"""Where conversations of the Responses API are kept."""

from typing import Annotated, Literal

from pydantic import Discriminator, SecretStr

from extproc.config.models.fields import Section, Text


class MemoryStorageConfig(Section):
    """In the process; lost at a restart."""

    type: Literal["memory"]
    """Kind of store."""


class SqliteStorageConfig(Section):
    """In one file."""

    type: Literal["sqlite"]
    """Kind of store."""
    path: Text
    """The file."""


class RedisStorageConfig(Section):
    """In Redis or Valkey, shared by several gateways."""

    type: Literal["redis"]
    """Kind of store."""
    url: SecretStr
    """`redis://` or `rediss://` URL; variables in it are replaced."""


class PostgresStorageConfig(Section):
    """In PostgreSQL, shared by several gateways."""

    type: Literal["postgres"]
    """Kind of store."""
    connection_string: SecretStr
    """`postgresql://` URL; variables in it are replaced."""


StateStorage = Annotated[
    MemoryStorageConfig | SqliteStorageConfig | RedisStorageConfig | PostgresStorageConfig,
    Discriminator("type"),
]
