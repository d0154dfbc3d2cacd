"""Agents behind a gateway, a router model that a test scripts by words, and clients of each API."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import anthropic
import openai

from extproc.dialects.api import Api
from extproc.testing import answers
from extproc.testing.answers import Answer
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Script, Seen, Upstream

TOLD = frozenset(
    {"x-plano-conversation-id", "x-model-affinity", "traceparent", "x-forwarded-for", "x-forwarded-proto"}
)
"""Headers that an agent may see and a provider may not."""

CREDENTIAL = "sk-of-the-client"

STATUS_ERRORS = (openai.APIStatusError, anthropic.APIStatusError)

AGENTS = ("weather_agent", "flight_agent", "hotel_agent")

SAYS = {"weather_agent": "It is sunny.", "flight_agent": "Two flights go there.", "hotel_agent": "A bed."}

WORDS = {"rain": "weather_agent", "fl": "flight_agent", "sleep": "hotel_agent"}
"""Beginning of a word in a question → the agent that the router model names."""

CONFIG = """
version: v0.4.0
agents:
  - {{id: weather_agent, url: "{weather_agent}"}}
  - {{id: flight_agent, url: "{flight_agent}/team/flights"}}
  - {{id: hotel_agent, url: "{hotel_agent}", passthrough_auth: true}}
  - {{id: concierge, url: "{replica_0}", replicas: ["{replica_1}", "{replica_2}"]}}
  - {{id: down_agent, url: "http://127.0.0.1:1"}}
listeners:
  - {{type: agent, name: single, port: 8001, agents: [{{id: weather_agent, description: Weather.}}]}}
  - {{type: agent, name: travel, port: 8002, router: model, agents: &all [
      {{id: weather_agent, description: Weather.}},
      {{id: flight_agent, description: Flights.}},
      {{id: hotel_agent, description: Hotels., default: true}}]}}
  - {{type: agent, name: concat, port: 8003, router: model, chain: concat, agents: *all}}
  - {{type: agent, name: skip, port: 8004, router: model, on_agent_error: skip, agents: *all}}
  - {{type: agent, name: replicas, port: 8005, agents: [{{id: concierge, description: All.}}]}}
  - {{type: agent, name: down, port: 8006, agents: [{{id: down_agent, description: Nothing.}}]}}
  - {{type: model, name: models, port: 12000}}
model_providers:
  - {{model: openai/router, base_url: "{router}", access_key: $KEY, default: true}}
overrides: {{agent_orchestration_model: openai/router}}
"""


@dataclass(frozen=True)
class Travel:
    """The gateway, and whoever is behind it by name."""

    gateway: Gateway
    servers: Mapping[str, Upstream]

    @property
    def router(self) -> Upstream:
        return self.servers["router"]

    @property
    def replicas(self) -> list[Upstream]:
        return [self.servers[f"replica_{number}"] for number in range(3)]

    def forget(self) -> None:
        """As new."""
        for name, server in self.servers.items():
            server.forget()
            server.script_with(SCRIPTS.get(name, says("At your service.")))

    def check(self) -> None:
        for server in self.servers.values():
            server.check()

    def asked(self) -> list[str]:
        """The agents that were asked, in the order of the requests."""
        seen = [(request.at, name) for name in AGENTS for request in self.servers[name].requests]
        return [name for _, name in sorted(seen)]

    def client(self, listener: str, api: Api = Api.CHAT) -> "Client":
        return Client(self.gateway.base_urls[listener], api)

    def logged(self, listener: str, **values: object) -> dict[str, Any]:
        """The line of the access log."""
        wanted = {"listener": listener, **values}
        return self.gateway.logged(lambda line: wanted.items() <= line.items())


class Client:
    """The official SDK of one API; each says the same."""

    def __init__(self, url: str, api: Api, model: str = "any") -> None:
        self._url = url
        self._model = model
        self.api = api

    @cached_property
    def openai(self) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=f"{self._url}/v1", api_key="sk-of-the-client", max_retries=0, timeout=20
        )

    @cached_property
    def anthropic(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=self._url, api_key="sk-of-the-client", max_retries=0, timeout=20)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("openai", "anthropic"):
            if name in self.__dict__:
                getattr(self, name).close()

    def ask(
        self, *said: str, stream: bool = False, body: Mapping[str, object] | None = None, **headers: str
    ) -> str:
        """The text of the answer; `said` are the messages so far, the person's first. `body`: more of it."""
        more: dict[str, Any] = {
            "extra_headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "extra_body": body,
        }
        history = [
            {"role": "assistant" if index % 2 else "user", "content": text} for index, text in enumerate(said)
        ]
        if self.api is Api.CHAT:
            return self._chat(history, stream, more)
        if self.api is Api.MESSAGES:
            return self._messages(history, stream, more)
        return self._responses(history, stream, more)

    def _chat(self, history: Sequence[Any], stream: bool, more: Any) -> str:
        create = self.openai.chat.completions.create
        if not stream:
            return create(model=self._model, messages=history, **more).choices[0].message.content or ""
        with create(model=self._model, messages=history, stream=True, **more) as chunks:
            return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)

    def _messages(self, history: Sequence[Any], stream: bool, more: Any) -> str:
        asked = {"model": self._model, "max_tokens": 99, "messages": history, **more}
        if not stream:
            return "".join(block.text for block in self.anthropic.messages.create(**asked).content)
        with self.anthropic.messages.stream(**asked) as events:
            return "".join(events.text_stream)

    def _responses(self, history: Sequence[Any], stream: bool, more: Any) -> str:
        asked = {"model": self._model, "input": history, **more}
        if not stream:
            return self.openai.responses.create(**asked).output_text
        with self.openai.responses.stream(**asked) as events:
            deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
            assert "".join(deltas) == events.get_final_response().output_text
            return "".join(deltas)


def says(text: str) -> Script:
    """An agent that has one answer, streamed to those who want it so."""

    def script(seen: Seen) -> Answer:
        if seen.json().get("stream"):
            return answers.openai_chat_stream(re.findall(r"\S+\s*", text))
        return answers.openai_chat(text)

    return script


def routes(seen: Seen) -> Answer:
    """The router model: it names agents by words of the newest question."""
    prompt = seen.json()["messages"][0]["content"]
    conversation = json.loads(prompt.partition("<conversation>")[2].partition("</conversation>")[0])
    words = re.findall(r"\w+", conversation[-1]["content"].lower())
    named = [agent for word in words for beginning, agent in WORDS.items() if word.startswith(beginning)]
    return answers.openai_chat(json.dumps({"route": named}))


SCRIPTS: Mapping[str, Script] = {**{name: says(text) for name, text in SAYS.items()}, "router": routes}


@contextmanager
def travelling() -> Iterator[Travel]:
    """Everything, up."""
    names = (*AGENTS, "replica_0", "replica_1", "replica_2")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Upstream(told=TOLD)) for name in names}
        servers["router"] = stack.enter_context(Upstream())
        config = CONFIG.format(**{name: server.url for name, server in servers.items()})
        gateway = stack.enter_context(Gateway(config, {"KEY": "sk-of-the-router"}))
        yield Travel(gateway, servers)
