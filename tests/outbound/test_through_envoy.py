"""A router model asked through real Envoy: the key, the address and the failures are Envoy's."""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import OutboundError
from extproc.routers.candidate import Candidate, Choice, Stage, Turn
from extproc.routers.router_model import RouterModel
from extproc.routing.models import Target
from extproc.testing.answers import Gate, openai_chat
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.bootstrap.running import RunningEnvoy
from tests.bootstrap.values import ENVIRON, a_snapshot_of, an_upstream

CANDIDATES = (Candidate("weather", "Forecasts"), Candidate("flights", "Flights"))
ASKED = (Turn("user", "Will it rain?"),)


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def envoy(provider: Upstream) -> Iterator[RunningEnvoy]:
    closed = PortClaim()
    snapshot = a_snapshot_of(an_upstream("acme", port=provider.port), an_upstream("down", port=closed.port))
    with (
        tempfile.TemporaryDirectory() as directory,
        RunningEnvoy(snapshot, Path(directory), ENVIRON) as running,
    ):
        yield running
    closed.release()


@pytest.fixture
def outbound(envoy: RunningEnvoy, provider: Upstream) -> EnvoyOutbound:
    provider.forget()
    return EnvoyOutbound(str(envoy.directory / "outbound.sock"))


def choice(
    envoy: RunningEnvoy, outbound: EnvoyOutbound, cluster: str = "acme", deadline_s: float = 5.0
) -> Choice:
    provider = next(p for p in envoy.snapshot.providers if p.upstream.cluster == cluster)
    router = RouterModel(Target(provider, "gpt-4o"), outbound, deadline_s=deadline_s)
    return asyncio.run(router.choose(ASKED, CANDIDATES))


def test_the_model_is_asked_with_its_providers_key(
    envoy: RunningEnvoy, outbound: EnvoyOutbound, provider: Upstream
) -> None:
    provider.script(openai_chat('{"route": ["weather"]}'))

    chosen = choice(envoy, outbound)

    seen = provider.only()
    assert (("weather",), Stage.MODEL) == (chosen.names, chosen.stage)
    assert f"Bearer {ENVIRON['ACME_KEY']}" == seen.header("authorization")
    assert f"127.0.0.1:{provider.port}" == seen.header("host")
    assert [] == [name for name, _ in seen.headers if name.startswith("x-plano")]


def test_a_provider_that_is_down_is_told_as_such(envoy: RunningEnvoy, outbound: EnvoyOutbound) -> None:
    """Envoy's 503 is no answer of the model's."""
    assert (
        "failed: it cannot be reached: no connection to it could be made."
        in choice(envoy, outbound, "down").reason
    )


def test_a_provider_that_does_not_answer_costs_the_deadline(
    envoy: RunningEnvoy, outbound: EnvoyOutbound, provider: Upstream
) -> None:
    gate = Gate()
    provider.script(replace(openai_chat("{}"), before=(gate,)))

    chosen = choice(envoy, outbound, deadline_s=0.1)

    gate.open()
    assert chosen.reason.endswith("failed: it did not answer in time (0.1 s).")
    assert 100 <= chosen.ms < 1000


def test_a_cluster_that_is_not_there_is_an_error(outbound: EnvoyOutbound) -> None:
    with pytest.raises(OutboundError, match="it cannot be reached: no address is known for its host"):
        asyncio.run(outbound.post("nowhere", "/", {}, b"{}", 5.0))


def test_calls_at_once_are_all_answered(outbound: EnvoyOutbound) -> None:
    async def many() -> list[int]:
        calls = [outbound.post("acme", "/v1/chat/completions", {}, b"{}", 20.0) for _ in range(100)]
        return [answered.status for answered in await asyncio.gather(*calls)]

    assert [200] * 100 == asyncio.run(many())
