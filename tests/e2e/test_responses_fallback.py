"""Conversations of the Responses API whose providers fail: the next one's answer is kept like the first's."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing import answers
from extproc.testing.gateway import Gateway
from extproc.testing.said import Said, answer
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, port: 12000}}
model_providers:
  - {{model: openai/gpt-5, base_url: "{native}", retry_policy: {{fallback_models: [claude]}}}}
  - {{model: openai/gpt-4o, base_url: "{other}"}}
  - {{model: anthropic/claude, base_url: "{messages}", retry_policy: {{fallback_models: [gpt-5]}}}}
  - {{model: openrouter/chat, base_url: "{chat}", retry_policy: {{fallback_models: [gpt-4o]}}}}
"""
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
DOWN = answers.error(503, {"error": {"message": "down"}})
THOUGHT = Said("Hi", "Hm.", "c2ln")


@dataclass(frozen=True)
class Lab:
    """A gateway, its providers and a client."""

    providers: dict[str, Upstream]
    sdk: openai.OpenAI

    def ask(self, model: str, told: str, *, stream: bool = False, **more: Any) -> Any:
        """The SDK's object of the whole answer."""
        if not stream:
            return self.sdk.responses.create(model=model, input=told, **more)
        with self.sdk.responses.create(model=model, input=told, stream=True, **more) as events:
            return list(events)[-1].response

    def says(self, provider: str, api: Api, said: Said = THOUGHT, *, stream: bool = False) -> None:
        self.providers[provider].script(answer(api, said, stream=stream))

    def heard(self, provider: str) -> Any:
        """The newest request to a provider."""
        return self.providers[provider].requests[-1].json()


def _labs(more: str) -> Iterator[Lab]:
    with ExitStack() as stack:
        names = ("native", "other", "messages", "chat")
        providers = {name: stack.enter_context(Upstream()) for name in names}
        urls = {name: provider.url for name, provider in providers.items()}
        gateway = stack.enter_context(Gateway(CONFIG.format(**urls) + more))
        url = f"{gateway.base_url}/v1"
        yield Lab(
            providers,
            stack.enter_context(openai.OpenAI(base_url=url, api_key="x", max_retries=0, timeout=20)),
        )


@pytest.fixture(scope="module")
def _stored() -> Iterator[Lab]:
    yield from _labs("state_storage: {type: memory}\n")


@pytest.fixture(scope="module")
def _unsaid() -> Iterator[Lab]:
    yield from _labs("")


@pytest.fixture
def stored(_stored: Lab) -> Iterator[Lab]:
    yield from _fresh(_stored)


@pytest.fixture
def unsaid(_unsaid: Lab) -> Iterator[Lab]:
    yield from _fresh(_unsaid)


def _fresh(lab: Lab) -> Iterator[Lab]:
    for provider in lab.providers.values():
        provider.forget()
    yield lab
    for provider in lab.providers.values():
        provider.check()


@STREAMED
def test_the_next_targets_answer_is_kept(stored: Lab, stream: bool) -> None:
    """From one API to another, and told in the client's."""
    stored.says("native", Api.RESPONSES)
    first = stored.ask("gpt-5", "Hello")
    stored.providers["native"].script(DOWN)
    stored.says("messages", Api.MESSAGES, stream=stream)

    second = stored.ask("gpt-5", "And?", stream=stream, previous_response_id=first.id)

    assert (first.id, True) == (second.previous_response_id, second.store)
    assert second.to_dict() == stored.sdk.responses.retrieve(second.id).to_dict()
    assert ["user", "assistant", "user"] == [said["role"] for said in stored.heard("messages")["messages"]]
    stored.says("messages", Api.MESSAGES)
    stored.ask("claude", "So?", previous_response_id=second.id)
    assert "c2ln" in str(stored.heard("messages")), "what it thought comes back to it"


@STREAMED
def test_a_next_target_of_the_same_api_stores_nothing(stored: Lab, stream: bool) -> None:
    stored.says("messages", Api.MESSAGES)
    first = stored.ask("claude", "Hello")
    stored.providers["messages"].script(DOWN)
    stored.says("native", Api.RESPONSES, stream=stream)

    second = stored.ask("claude", "And?", stream=stream, previous_response_id=first.id)

    heard = stored.heard("native")
    assert (False, ["reasoning.encrypted_content"]) == (heard["store"], heard["include"])
    assert ["message", "message", "message"] == [item["type"] for item in heard["input"]]
    assert second.id.startswith("resp_plano")
    assert second.to_dict() == stored.sdk.responses.retrieve(second.id).to_dict()


def test_each_next_target_is_told_what_it_understands(unsaid: Lab) -> None:
    """One that does not reason is neither told thoughts nor asked for them; a state that is ours stays so."""
    unsaid.says("messages", Api.MESSAGES)
    first = unsaid.ask("claude", "Hello")
    unsaid.says("native", Api.RESPONSES)
    second = unsaid.ask("gpt-5", "And?", previous_response_id=first.id)
    unsaid.providers["chat"].script(DOWN)

    third = unsaid.ask("chat", "So?", previous_response_id=second.id)

    assert "Hello" == third.output_text
    heard = unsaid.heard("other")
    assert {"message"} == {item["type"] for item in heard["input"]}
    assert (False, None) == (heard["store"], heard.get("include"))


def test_what_goes_on_from_a_providers_own_answer_has_no_other_target(unsaid: Lab) -> None:
    """Nobody else has that answer."""
    unsaid.providers["native"].script(DOWN)

    with pytest.raises(openai.InternalServerError, match="down"):
        unsaid.ask("gpt-5", "And?", previous_response_id="resp_1")

    assert [] == unsaid.providers["messages"].requests
