"""What a worker makes ready before it serves."""

import asyncio
from dataclasses import replace
from pathlib import Path

from extproc.config.snapshot import ListenerAgent, SessionSettings
from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import NoOutbound
from extproc.serving.equipment import ports_of
from extproc.testing.builders import a_snapshot

AGENTS = (ListenerAgent("weather", "Forecasts and weather"), ListenerAgent("flights", "Finds flights"))


def test_the_way_out_is_envoys_socket() -> None:
    assert isinstance(ports_of(a_snapshot(), Path("outbound.sock")).outbound, EnvoyOutbound)
    assert isinstance(ports_of(a_snapshot(), None).outbound, NoOutbound)


def test_as_many_conversations_are_remembered_as_the_config_says() -> None:
    store = ports_of(replace(a_snapshot(), sessions=SessionSettings(entries_max=1)), None).sessions

    async def two() -> list[bytes | None]:
        await store.put("a", b"1", 60.0)
        await store.put("b", b"2", 60.0)
        return [await store.get("a"), await store.get("b")]

    assert [None, b"2"] == asyncio.run(two())
