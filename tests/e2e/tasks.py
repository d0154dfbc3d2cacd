"""A gateway whose models are chosen by the kind of task, and whoever is behind it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extproc.testing import answers
from extproc.testing.answers import Answer
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Script, Seen, Upstream
from tests.e2e.travel import Client

FIX, THANKS, POEM = "Fix this bug in my code", "Thank you very much", "Write a poem about the sea"

WORDS = {"bug": "code", "thank": "small talk", "poem": "poetry"}
"""Word in a question → the kind that the router model names."""

PRICES = {
    "openai": {
        "models": {
            "gpt-4o": {"cost": {"input": 2.5, "output": 10, "cache_read": 1.25}},
            "gpt-4o-mini": {"cost": {"input": 0.15, "output": 0.6, "cache_read": 0.075}},
        }
    },
    "anthropic": {"models": {"house-1": {"cost": {"input": 2, "output": 5, "cache_read": 0.2}}}},
}
LATENCIES = {"gpt-4o-mini": "0.2", "openai/gpt-4o": "1.9"}

CONFIG = """
version: v0.4.0
listeners: [{{type: model, name: models, address: 127.0.0.1, port: 12000}}]
model_providers:
  - {{model: openai/gpt-4o, base_url: "{openai}", access_key: $KEY, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{openai}", access_key: $KEY}}
  - {{model: anthropic/claude-house-1, base_url: "{anthropic}", access_key: $KEY}}
  - {{model: openai/router, base_url: "{router}", access_key: $KEY}}
model_metrics_sources:
  - type: cost
    provider: models.dev
    url: "{prices}"
    model_aliases: {{house-1: anthropic/claude-house-1}}
  - type: latency
    provider: prometheus
    url: "{prometheus}"
    query: avg by (model_name) (ttft)
    refresh_interval: 1
routing_preferences:
  - name: code
    description: 'Writing, reading and fixing programs. Handles: "Fix this bug in my code"'
    models: [openai/gpt-4o, anthropic/claude-house-1]
    selection_policy: {{prefer: cheapest}}
  - name: small talk
    description: 'Greetings and thanks. Handles: "Thank you very much"'
    models: [openai/gpt-4o, openai/gpt-4o-mini]
    selection_policy: {{prefer: fastest}}
"""
ASKED = "overrides: {llm_routing_model: openai/router}\n"
"""The router model is asked where the embedded router is unsure."""
SESSIONS = """
prompt_caching: {enabled: true}
routing: {session_cache: {tenant_header: x-tenant}, routing_budget: {max_switch_spend_pct: 10}}
"""


@dataclass(frozen=True)
class Tasks:
    """The gateway, and whoever is behind it by name."""

    gateway: Gateway
    servers: Mapping[str, Upstream]

    def __getitem__(self, name: str) -> Upstream:
        return self.servers[name]

    def forget(self) -> None:
        """As new."""
        for name, server in self.servers.items():
            server.forget()
            server.script_with(SCRIPTS[name])

    def check(self) -> None:
        for server in self.servers.values():
            server.check()

    def asked(self) -> list[str]:
        """The models that were asked, in the order of the requests."""
        seen = [
            (request.at, request.json()["model"])
            for name in ("openai", "anthropic")
            for request in self[name].requests
        ]
        return [model for _, model in sorted(seen)]

    def client(self, api: Any, model: str = "gpt-4o") -> Client:
        return Client(self.gateway.base_url, api, model)

    def logged(self, **values: object) -> dict[str, Any]:
        """The line of the access log."""
        return self.gateway.logged(lambda line: values.items() <= line.items())


def models(seen: Seen) -> Answer:
    """Providers of OpenAI's and Anthropic's APIs."""
    text, stream, name = "It is done.", seen.json().get("stream"), seen.json()["model"]
    words = re.findall(r"\S+\s*", text)
    if seen.target.endswith("/messages"):
        return answers.anthropic_stream(words, name) if stream else answers.anthropic_message(text, name)
    if seen.target.endswith("/responses"):
        return answers.openai_response_stream(words) if stream else answers.openai_response(text)
    return answers.openai_chat_stream(words, name) if stream else answers.openai_chat(text, name)


def routes(seen: Seen) -> Answer:
    """The router model names kinds by words of the newest question."""
    prompt = seen.json()["messages"][0]["content"]
    conversation = json.loads(prompt.partition("<conversation>")[2].partition("</conversation>")[0])
    words = re.findall(r"\w+", conversation[-1]["content"].lower())
    return answers.openai_chat(json.dumps({"route": [WORDS[word] for word in words if word in WORDS]}))


def latencies(_: Seen) -> Answer:
    """Prometheus."""
    result = [
        {"metric": {"model_name": name}, "value": [1754000000, value]} for name, value in LATENCIES.items()
    ]
    return answers.json_answer({"status": "success", "data": {"resultType": "vector", "result": result}})


SCRIPTS: Mapping[str, Script] = {
    "openai": models,
    "anthropic": models,
    "router": routes,
    "prometheus": latencies,
}


@contextmanager
def at_work(directory: Path, *more: str) -> Iterator[Tasks]:
    """Everything, up; `more`: sections of the config."""
    prices = directory / "prices.json"
    prices.write_text(json.dumps(PRICES))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Upstream()) for name in SCRIPTS}
        for name, server in servers.items():
            server.script_with(SCRIPTS[name])
        urls = {name: server.url for name, server in servers.items()}
        config = CONFIG.format(**urls, prices=prices) + "".join(more)
        gateway = stack.enter_context(Gateway(config, {"KEY": "sk-of-the-gateway"}))
        servers["prometheus"].wait_for(2)  # by then the first answer has been read
        yield Tasks(gateway, servers)
