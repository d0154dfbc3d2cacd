"""Which servers a config gets: with the secrets of its environment, and only where there is a client."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import asyncpg
import pytest
from redis import Redis

from extproc.config.secret import MissingSecretError, SecretUrl
from extproc.config.snapshot import Snapshot, StoreSettings
from extproc.state.store import RESPONSE, SESSION, StoreUnavailable
from extproc.state.stores.address import StoreRefused
from extproc.state.stores.opening import open_store, open_stores
from extproc.testing.builders import a_snapshot
from tests.state.stores import servers

ENVIRON = {"STATE_PASSWORD": quote(servers.PASSWORD, safe="")}


def settings(type_: str, server: servers.Server) -> StoreSettings:
    assert type_ in {"redis", "postgres"}
    url = server.url.replace(ENVIRON["STATE_PASSWORD"], "$STATE_PASSWORD")
    return StoreSettings("redis" if type_ == "redis" else "postgres", url=SecretUrl(url))


def used(snapshot: Snapshot, environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The types of stores with their kinds, after each kind was written to."""

    async def run() -> dict[str, tuple[str, ...]]:
        stores = await open_stores(snapshot, environ)
        for kind in (SESSION, RESPONSE):
            await stores.put(kind, "", "a", kind.encode(), None)
        found = {store.type: kinds for store, kinds in stores.stores}
        await stores.close()
        return found

    return asyncio.run(run())


def test_sessions_may_be_in_one_server_and_the_rest_in_another() -> None:
    """As several replicas share them; passwords come from the environment."""
    cache, storage = servers.valkey(), servers.postgres()
    snapshot = replace(
        a_snapshot(), session_cache=settings("redis", cache), state_storage=settings("postgres", storage)
    )

    async def kept() -> list[str]:
        connection = await asyncpg.connect(storage.url)
        rows = await connection.fetch("SELECT kind FROM plano_entry")
        await connection.execute("DROP TABLE plano_entry, plano_schema")
        await connection.close()
        return [row[0] for row in rows]

    with Redis.from_url(cache.url) as client:
        client.flushall()
        assert {"redis": (SESSION,), "postgres": ()} == used(snapshot, ENVIRON)
        assert [b"plano:1:{session}:entry:/a"] == client.keys("plano:1:*:entry:*")
    assert [RESPONSE] == asyncio.run(kept())


@pytest.mark.parametrize("type_", ["redis", "postgres"])
def test_a_password_that_is_not_there_is_named(type_: str) -> None:
    server = servers.valkey() if type_ == "redis" else servers.postgres()

    with pytest.raises(MissingSecretError, match="STATE_PASSWORD"):
        asyncio.run(open_store(settings(type_, server), {}, {}))


@pytest.mark.parametrize("type_", ["redis", "postgres"])
def test_a_client_that_is_not_installed_is_named(type_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra of the package."""
    monkeypatch.setitem(sys.modules, f"extproc.state.stores.{type_}", None)
    server = servers.valkey() if type_ == "redis" else servers.postgres()

    with pytest.raises(StoreRefused, match=r"install plano-extproc\[stores\]$"):
        asyncio.run(open_store(settings(type_, server), {}, ENVIRON))


def test_a_server_that_is_away_is_unhealthy_and_the_rest_of_the_service_is_there() -> None:
    """The service starts, and says what is wrong with which store."""
    away = StoreSettings("redis", url=SecretUrl("redis://:secret@127.0.0.1:1/0"))
    snapshot = replace(a_snapshot(), session_cache=away)

    async def run() -> tuple[bytes | None, list[tuple[str, bool]]]:
        stores = await open_stores(snapshot, {})
        await stores.put(RESPONSE, "", "a", b"1", None)
        with pytest.raises(StoreUnavailable, match=r"redis://127\.0\.0\.1:1/0: "):
            await stores.get(SESSION, "", "a")
        kept = await stores.get(RESPONSE, "", "a")
        await stores.close()
        return kept, [(store.type, store.healthy) for store, _ in stores.stores]

    assert (b"1", [("redis", False), ("memory", True)]) == asyncio.run(run())
