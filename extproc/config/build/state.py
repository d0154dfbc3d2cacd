"""Where things are remembered."""

from pathlib import Path

from extproc.config.models.routing import SessionCacheConfig
from extproc.config.models.state import (
    PostgresStorageConfig,
    RedisStorageConfig,
    SqliteStorageConfig,
    StateStorage,
)
from extproc.config.secret import SecretUrl
from extproc.config.snapshot import StoreSettings


def session_cache(cache: SessionCacheConfig, directory: Path) -> StoreSettings:
    """``routing.session_cache``; that its type has what it needs is a rule."""
    match cache.type:
        case "sqlite":
            return StoreSettings("sqlite", path=str(directory / (cache.path or "")))
        case "redis":
            return StoreSettings("redis", url=SecretUrl(cache.url.get_secret_value() if cache.url else ""))
        case "postgres":
            text = cache.connection_string
            return StoreSettings("postgres", url=SecretUrl(text.get_secret_value() if text else ""))
        case "memory":
            return StoreSettings()


def state_storage(storage: StateStorage | None, directory: Path) -> StoreSettings | None:
    """``state_storage``."""
    match storage:
        case None:
            return None
        case SqliteStorageConfig():
            return StoreSettings("sqlite", path=str(directory / storage.path))
        case RedisStorageConfig():
            return StoreSettings("redis", url=SecretUrl(storage.url.get_secret_value()))
        case PostgresStorageConfig():
            return StoreSettings("postgres", url=SecretUrl(storage.connection_string.get_secret_value()))
        case _:
            return StoreSettings()
