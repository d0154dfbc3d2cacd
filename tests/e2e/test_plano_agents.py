"""Plano's travel assistant: its config as it is written, only the addresses are the test's."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import anthropic
import openai
import pytest

from extproc.testing.answers import openai_chat, openai_chat_stream
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = Path(__file__).parents[2] / "config" / "examples" / "plano-agents-v0.3.yaml"

AGENTS = {"weather": "localhost:10510", "flights": "localhost:10520"}

TOLD = frozenset({"x-plano-conversation-id", "traceparent", "x-forwarded-for", "x-forwarded-proto"})


class Assistant:
    """The gateway and its two agents."""

    def __init__(self, gateway: Gateway, agents: dict[str, Upstream]) -> None:
        self.gateway = gateway
        self.agents = agents

    def asked(self) -> list[str]:
        """The agents that were asked since the test began."""
        return [name for name, agent in self.agents.items() if agent.requests]


@pytest.fixture(scope="module")
def running() -> Iterator[Assistant]:
    text = CONFIG.read_text()
    with ExitStack() as stack:
        agents = {name: stack.enter_context(Upstream(told=TOLD)) for name in AGENTS}
        for name, address in AGENTS.items():
            text = text.replace(address, f"127.0.0.1:{agents[name].port}")
        keys = {"OPENAI_API_KEY": "sk-openai", "ANTHROPIC_API_KEY": "sk-anthropic"}
        yield Assistant(stack.enter_context(Gateway(text, keys)), agents)


@pytest.fixture
def assistant(running: Assistant) -> Assistant:
    for agent in running.agents.values():
        agent.forget()
    return running


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Will it rain in Seattle tomorrow?", ["weather"]),
        ("Find me a flight from Boston to Paris.", ["flights"]),
        ("What is the weather in Paris, and which flights go there?", ["weather", "flights"]),
    ],
)
def test_the_descriptions_are_the_routing_table(
    assistant: Assistant, question: str, expected: list[str]
) -> None:
    """Without a router model, `plano_orchestrator_v1` is the embedded router."""
    assistant.agents["weather"].script(openai_chat("Rain."))
    assistant.agents["flights"].script(openai_chat("BA 214."))
    client = openai.OpenAI(base_url=f"{assistant.gateway.base_urls['travel_assistant']}/v1", api_key="none")

    answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": question}])

    assert expected == assistant.asked()
    assert {"weather": "Rain.", "flights": "BA 214."}[expected[-1]] == answer.choices[0].message.content


def test_a_client_of_messages_talks_to_the_same_agents(assistant: Assistant) -> None:
    assistant.agents["weather"].script(openai_chat_stream(["Su", "n."]))
    client = anthropic.Anthropic(base_url=assistant.gateway.base_urls["travel_assistant"], api_key="none")

    with client.messages.stream(
        model="any", max_tokens=50, messages=[{"role": "user", "content": "How is the weather in Rome?"}]
    ) as stream:
        text = stream.get_final_text()

    assert "Sun." == text
    assert ["weather"] == assistant.asked()


def test_the_model_listener_that_plano_adds_serves(assistant: Assistant) -> None:
    added = next(url for name, url in assistant.gateway.base_urls.items() if name != "travel_assistant")

    models = openai.OpenAI(base_url=f"{added}/v1", api_key="none").models.list()

    assert ["openai/gpt-4o", "anthropic/claude-3-5-sonnet"] == [model.id for model in models]
