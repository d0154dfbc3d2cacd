"""What a worker makes ready before it serves."""

import asyncio
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from extproc.config.snapshot import Agent, ListenerAgent, SessionSettings, Snapshot
from extproc.embedding.unavailable import available
from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import NoOutbound
from extproc.routers.build import candidates_of
from extproc.routers.candidate import Choice, Stage, Turn
from extproc.serving.equipment import ports_of, rules_of
from extproc.serving.state import state_of
from extproc.testing.builders import a_listener, a_snapshot

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


def asked(snapshot: Snapshot, text: str) -> Choice:
    """What the router of the agent listener chooses."""

    async def chosen() -> Choice:
        rules = await rules_of(snapshot, ports_of(snapshot, None))
        candidates = candidates_of(snapshot.listeners[0])
        return await rules.routers.agents["travel"].choose((Turn("user", text),), candidates)

    return asyncio.run(chosen())


def with_agents(**more: object) -> Snapshot:
    listener = replace(a_listener("travel"), kind="agent", agents=AGENTS)
    servers = tuple(Agent(agent.id, f"http://{agent.id}.test") for agent in AGENTS)
    return replace(a_snapshot(), listeners=(listener,), agents=servers, **more)


@pytest.mark.skipif(not available(), reason="the packages of the extra `router` are not installed")
def test_agents_are_chosen_without_any_model_configured(caplog: pytest.LogCaptureFixture) -> None:
    """It is ready before the first request: that one is as fast as any."""
    with caplog.at_level(logging.INFO):
        choice = asked(with_agents(), "Will it rain in Paris tomorrow?")

    assert (("weather",), Stage.EMBEDDED, True) == (choice.names, choice.stage, choice.sure)
    assert "the embedded router is ready after" in caplog.text


@pytest.mark.skipif(available("multilingual"), reason="the packages of the extra are installed")
def test_what_is_not_installed_is_told_in_the_log_and_in_a_choice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    choice = asked(with_agents(router_languages="multilingual"), "Wie wird das Wetter?")

    assert Stage.DEFAULT == choice.stage
    assert "pip install 'plano-extproc[router-multilingual]'" in choice.reason
    assert "pip install 'plano-extproc[router-multilingual]'" in caplog.text


def test_nothing_is_loaded_where_nothing_is_chosen() -> None:
    """A worker of a config without agents starts as fast, and as small, as ever."""
    program = (
        "import asyncio, sys; from extproc.serving.equipment import *;"
        "from extproc.testing.builders import *;"
        "asyncio.run(rules_of(a_snapshot(), ports_of(a_snapshot(), None)));"
        "print([m for m in ('numpy', 'onnxruntime') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_with_a_state_service_it_is_what_remembers_and_hears(tmp_path: Path) -> None:
    """Though nobody listens there yet: a worker does not wait for it."""

    async def run() -> list[str]:
        async with state_of(a_snapshot(), tmp_path / "state.sock", "extproc-0") as state:
            ports = ports_of(a_snapshot(), None, state)
            await ports.sessions.put("a", b"1", 60.0)
            return [type(ports.sessions).__name__, type(ports.reports).__name__]

    assert ["StateSessions", "EventQueue"] == asyncio.run(run())


def test_without_a_state_service_nobody_hears_and_grpc_is_not_loaded() -> None:
    """It takes time and memory, and threads."""
    program = (
        "import asyncio, sys\n"
        "from extproc.serving import worker\n"
        "from extproc.serving.state import state_of\n"
        "from extproc.testing.builders import a_snapshot\n"
        "async def run():\n"
        "    async with state_of(a_snapshot(), None, 'w') as state: print(state, 'grpc' in sys.modules)\n"
        "asyncio.run(run())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "None False" == done.stdout.strip()
