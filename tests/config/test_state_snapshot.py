"""Where things are remembered: what the sections come to, and what is kept of their secrets."""

from pathlib import Path

import pytest

from extproc.config.load import loads
from extproc.config.secret import MissingSecretError, SecretUrl
from extproc.config.snapshot import StoreSettings
from tests.config.reading import ENVIRON, PLAIN, load, plus

HERE = Path("/etc/plano")


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("{type: memory}", StoreSettings()),
        ("{type: sqlite, path: state.db}", StoreSettings("sqlite", path="/etc/plano/state.db")),
        ("{type: sqlite, path: /var/state.db}", StoreSettings("sqlite", path="/var/state.db")),
        ("{type: redis, url: 'redis://h'}", StoreSettings("redis", url=SecretUrl("redis://h"))),
        (
            "{type: postgres, connection_string: 'postgresql://h/d'}",
            StoreSettings("postgres", url=SecretUrl("postgresql://h/d")),
        ),
    ],
    ids=["memory", "sqlite beside the config", "sqlite anywhere", "redis", "postgres"],
)
def test_either_section_says_a_store(written: str, settings: StoreSettings) -> None:
    """A relative path begins where the config is."""
    storage = loads(plus(f"state_storage: {written}"), ENVIRON, directory=HERE).snapshot
    cache = loads(plus(f"routing: {{session_cache: {written}}}"), ENVIRON, directory=HERE).snapshot

    assert (settings, StoreSettings()) == (storage.state_storage, storage.session_cache)
    assert (None, settings) == (cache.state_storage, cache.session_cache)


def test_nothing_said_is_memory_and_known_as_nothing() -> None:
    """What needs no storage of ours passes then."""
    found = load(PLAIN).snapshot

    assert (None, StoreSettings()) == (found.state_storage, found.session_cache)


def test_variables_in_a_url_are_replaced_where_it_is_opened_and_shown_nowhere() -> None:
    """They are told apart from those of Envoy's secrets."""
    text = plus("state_storage: {type: redis, url: 'redis://:$REDIS_PASSWORD@${REDIS_HOST}'}")
    environ = {"REDIS_PASSWORD": "hush", "REDIS_HOST": "cache"}
    loaded = load(text, ENVIRON | environ)

    storage = loaded.snapshot.state_storage
    assert storage is not None
    assert storage.url is not None
    assert "redis://:hush@cache" == storage.url.resolve(environ)
    assert "REDIS_PASSWORD" not in repr(storage)
    assert {"REDIS_PASSWORD", "REDIS_HOST"} == loaded.store_variables
    assert {"OPENAI_API_KEY"} == loaded.secret_variables - loaded.store_variables
    with pytest.raises(MissingSecretError, match="REDIS_HOST is not set"):
        storage.url.resolve({"REDIS_PASSWORD": "hush"})
