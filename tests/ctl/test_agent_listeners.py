"""A gateway of agents: its listeners are served, shown and asked for their health like those of models."""

import json
from collections.abc import Iterator

import httpx
import pytest

from extproc.config.load import load
from extproc.config.snapshot import CostSource
from extproc.ctl.gateway.prepare import environ_below
from extproc.ctl.gateway.reading import read
from extproc.testing.answers import openai_chat
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.bootstrap.agents_lab import FOR_AGENTS
from tests.ctl import processes
from tests.ctl.cli import Cli

CONFIG = """\
version: v0.3.0
agents:
  - {{id: weather, url: "{weather}"}}
  - {{id: flights, url: "{flights}", replicas: ["{weather}"]}}
listeners:
  - name: travel
    type: agent
    address: 127.0.0.1
    port: {agents}
    router: plano_orchestrator_v1
    agents:
      - {{id: weather, description: 'Weather forecasts. Handles "Will it rain in Paris?"'}}
      - {{id: flights, description: 'Finds flights between airports. Handles "When is the next plane?"'}}
  - {{name: llm, type: model, address: 127.0.0.1, port: {models}}}
model_providers:
  - {{model: openai/gpt-4o, access_key: $OPENAI_API_KEY, base_url: "{flights}"}}
"""


@pytest.fixture
def ports() -> Iterator[list[int]]:
    claims = [PortClaim(), PortClaim()]
    yield [claim.port for claim in claims]
    for claim in claims:
        claim.release()


def test_up_serves_agents_beside_models(cli: Cli, ports: list[int]) -> None:
    """Started, shown, asked, answered, stopped."""
    agents, models = ports
    with Upstream(told=FOR_AGENTS) as weather, Upstream() as flights:
        weather.script(openai_chat("It will rain."))
        text = CONFIG.format(weather=weather.url, flights=flights.url, agents=agents, models=models)
        cli.write("config.yaml", text)
        gateway = cli.with_environ(OPENAI_API_KEY="sk-test")
        try:
            up = gateway.process("up", "--workers", "1")
            status = json.loads(gateway("status", "--json").out)
            said = {"model": "none", "messages": [{"role": "user", "content": "Will it rain in Paris?"}]}
            url = f"http://127.0.0.1:{agents}/v1/chat/completions"
            answer = httpx.post(url, json=said, trust_env=False, timeout=30.0)
        finally:
            down = gateway.process("down")
    assert (0, 0) == (up.code, down.code), up
    assert [f"http://127.0.0.1:{port}" in up.out for port in ports] == [True, True]
    assert ["weather", "flights"] == [name for name in ("weather", "flights") if name in up.out]
    assert [("travel", "agent", 200), ("llm", "model", 200)] == [
        (item["name"], item["kind"], item["status"]) for item in status["listeners"]
    ]
    assert (200, "weather") == (answer.status_code, answer.headers["x-plano-agent"]), answer.text
    assert {} == processes.of(gateway.home)


def test_a_price_list_beside_the_config_is_found_by_the_workers(cli: Cli, ports: list[int]) -> None:
    """They read a copy of the config, elsewhere."""
    agents, models = ports
    text = CONFIG.format(weather="http://h", flights="http://h", agents=agents, models=models)
    source = "model_metrics_sources: [{type: cost, provider: models.dev, url: prices.json}]\n"
    cli.write("prices.json", "{}")
    path = cli.write("config.yaml", text + source)
    elsewhere = cli.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.yaml").write_text(path.read_text())
    environ = environ_below(read(path, {"OPENAI_API_KEY": "sk-test"}))

    loaded = load(elsewhere / "config.yaml", environ, require_secrets=False)
    (found,) = loaded.snapshot.metrics_sources
    assert isinstance(found, CostSource)
    assert str(cli.folder / "prices.json") == found.location
