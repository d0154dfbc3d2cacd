"""Several `plano-state` processes that share Valkey and PostgreSQL: one dies, the others have all it had."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from redis import Redis

from extproc.stateclient.client import StateClient
from tests.state.running import CONFIG, process
from tests.state.stores import servers

CALLS = 60


@pytest.fixture
def config() -> Iterator[str]:
    """One that names both servers, of which neither has anything in it."""
    cache, storage = servers.valkey(), servers.postgres()
    with Redis.from_url(cache.url) as client:
        client.flushall()
    asyncio.run(_execute(storage.url, "CREATE SCHEMA services"))
    yield f"""{CONFIG}
state_storage: {{type: postgres, connection_string: "{storage.url}?search_path=services"}}
routing: {{session_cache: {{type: redis, url: "{cache.url}"}}}}
"""
    asyncio.run(_execute(storage.url, "DROP SCHEMA services CASCADE"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def test_nothing_is_lost_or_answered_twice_when_one_service_is_killed(tmp_path: Path, config: str) -> None:
    """Both start at once and take the same answers; what either acknowledged, the one that is left has."""
    folders = [tmp_path / "one", tmp_path / "other"]

    async def use(pid: int) -> tuple[list[int], list[bytes | None], list[bytes | None]]:
        one, other = (StateClient(folder / "state.sock") for folder in folders)
        won = []
        for number in range(CALLS):
            added = await asyncio.gather(
                *(client.add("response", "t", str(number), b"x", None) for client in (one, other))
            )
            won.append(added.count(True))
            await one.put("session", "", str(number), b"s", 60.0)
        os.kill(pid, signal.SIGKILL)
        answers = [await other.get("response", "t", str(number), deadline_s=3.0) for number in range(CALLS)]
        sessions = [await other.get("session", "", str(number), deadline_s=3.0) for number in range(CALLS)]
        await one.close()
        await other.close()
        return won, answers, sessions

    with ExitStack() as stack:
        for folder in folders:
            folder.mkdir()
        running = [stack.enter_context(process(folder, config=config)) for folder in folders]
        found = asyncio.run(use(running[0].pid))

    assert ([1] * CALLS, [b"x"] * CALLS, [b"s"] * CALLS) == found


def test_a_service_that_is_refused_ends_and_says_why_without_the_password(
    tmp_path: Path, config: str
) -> None:
    wrong = config.replace(quote(servers.PASSWORD, safe=""), "hunter2")

    with pytest.raises(AssertionError) as caught, process(tmp_path, config=wrong):
        pass

    assert "password authentication failed" in str(caught.value)
    assert "hunter2" not in str(caught.value)
