"""The default router over real Envoy: the embedded one, and a router model only where that is unsure."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from extproc.embedding.unavailable import available
from extproc.testing.answers import Gate, openai_chat
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream
from tests.e2e.travel import TOLD

pytestmark = pytest.mark.skipif(not available(), reason="the extra `router` is not installed")

CONFIG = """
version: v0.4.0
agents: [{{id: weather, url: "{agent}"}}, {{id: flights, url: "{agent}"}}]
listeners:
  - type: agent
    name: travel
    port: 8001
    agents:
      - {{id: weather, description: Gets the weather and forecasts for any city}}
      - {{id: flights, description: Searches flights between airports, default: true}}
model_providers: [{{model: openai/router, base_url: "{router}", access_key: $KEY}}]
overrides: {{agent_orchestration_model: openai/router, router_timeout: 0.3s}}
"""
CLEAR = "Will it rain in Paris tomorrow?"
UNCLEAR = "Good morning to you!"


class Travel:
    """A gateway with two agents."""

    def __init__(self, gateway: Gateway, router: Upstream) -> None:
        self._gateway = gateway
        self.router = router

    def agent_for(self, question: str, conversation: str) -> str:
        body = {"model": "any", "messages": [{"role": "user", "content": question}]}
        headers = {"x-model-affinity": conversation}
        url = f"{self._gateway.base_url}/v1/chat/completions"
        answer = httpx.post(url, json=body, headers=headers, trust_env=False)
        assert 200 == answer.status_code
        return answer.headers["x-plano-agent"]

    def stage_of(self, reason: str) -> str:
        """Who made the choice of which the log tells this `reason`."""
        line = self._gateway.logged(lambda line: reason in (line["router_reason"] or ""))
        return line["router_stage"]


@pytest.fixture(scope="module")
def _travel() -> Iterator[Travel]:
    with ExitStack() as stack:
        agent, router = (stack.enter_context(Upstream(told=told)) for told in (TOLD, frozenset()))
        config = CONFIG.format(agent=agent.url, router=router.url)
        yield Travel(stack.enter_context(Gateway(config, {"KEY": "sk-router"})), router)


@pytest.fixture
def travel(_travel: Travel) -> Travel:
    _travel.router.forget()
    return _travel


def test_a_clear_question_costs_no_call(travel: Travel) -> None:
    assert "weather" == travel.agent_for(CLEAR, "clear")
    assert "embedded" == travel.stage_of("weather fits: ")
    assert [] == travel.router.requests


def test_an_unclear_one_is_put_to_the_model(travel: Travel) -> None:
    travel.router.script(openai_chat('```json\n{"route": ["flights"]}\n```'))

    assert "flights" == travel.agent_for(UNCLEAR, "unclear")
    assert "model" == travel.stage_of("The router model openai/router chose.")
    assert "Bearer sk-router" == travel.router.only().header("authorization")


def test_a_model_that_does_not_answer_costs_its_time_and_no_more(travel: Travel) -> None:
    gate = Gate()
    travel.router.script(openai_chat('{"route": ["flights"]}').held(0, gate))
    started = time.monotonic()

    travel.agent_for(UNCLEAR, "silent")

    gate.open()
    assert 0.3 <= time.monotonic() - started < 3.0
    assert travel.stage_of("failed: it did not answer in time (0.3 s).") in {"embedded", "default"}
