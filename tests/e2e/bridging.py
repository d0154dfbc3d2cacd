"""A gateway between a client of each API and a provider of each API."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from extproc.dialects.api import Api
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream
from tests.e2e.speakers import SPEAKERS, Speaker

MODELS: Mapping[Api, str] = {
    Api.CHAT: "openrouter/chatty-1",
    Api.MESSAGES: "anthropic/claude-house-1",
    Api.RESPONSES: "chatgpt/codex-1",
    Api.CONVERSE: "amazon_bedrock/anthropic.claude-house-1",
}
"""A model of a provider that speaks this API and no other."""

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openrouter/chatty-1, base_url: "{chat}", access_key: $KEY}}
  - {{model: anthropic/claude-house-1, base_url: "{messages}", access_key: $KEY}}
  - {{model: chatgpt/codex-1, base_url: "{responses}", access_key: $KEY}}
  - {{model: amazon_bedrock/anthropic.claude-house-1, base_url: "{converse}", access_key: $KEY}}
"""

ENVIRON = {"KEY": "sk-of-the-provider", "CHATGPT_ACCOUNT_ID": "acc-1"}

CLIENTS = (Api.CHAT, Api.MESSAGES, Api.RESPONSES)
CELLS = [(client, upstream) for client in CLIENTS for upstream in MODELS]
CROSSINGS = [(client, upstream) for client, upstream in CELLS if client is not upstream]


@dataclass(frozen=True)
class Bridge:
    """The gateway, its clients and its providers, by the API they speak."""

    gateway: Gateway
    speakers: Mapping[Api, Speaker]
    providers: Mapping[Api, Upstream]


@contextmanager
def bridged() -> Iterator[Bridge]:
    """Everything, up."""
    with ExitStack() as stack:
        providers = {api: stack.enter_context(Upstream()) for api in MODELS}
        config = CONFIG.format(
            chat=providers[Api.CHAT].url,
            messages=providers[Api.MESSAGES].url,
            responses=providers[Api.RESPONSES].url,
            converse=providers[Api.CONVERSE].url,
        )
        gateway = stack.enter_context(Gateway(config, ENVIRON))
        speakers = {speaker.api: speaker(gateway.base_url) for speaker in SPEAKERS}
        for speaker in speakers.values():
            stack.callback(speaker.sdk.close)
        yield Bridge(gateway, speakers, providers)
