"""Real Envoy, real plano-extproc, strict providers, and the official SDKs as clients."""

from contextlib import ExitStack
from dataclasses import dataclass, fields

import anthropic
import httpx
import openai
import pytest

from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream
from tests.e2e.bridging import bridged

CLIENT_CREDENTIAL = "sk-client-own-credential"

SECRETS = {
    f"{name}_KEY": f"sk-secret-{name.lower()}"
    for name in (
        "OPENAI",
        "ANTHROPIC",
        "TOGETHER",
        "OPENROUTER",
        "MISTRAL",
        "DEEPSEEK",
        "GROQ",
        "GEMINI",
        "ZHIPU",
        "QWEN",
        "AZURE",
        "ACME",
        "TEAM",
    )
}

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{openai}", access_key: $OPENAI_KEY, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{openai}", access_key: $OPENAI_KEY}}
  - {{model: openai/text-embedding-3-small, base_url: "{openai}", access_key: $OPENAI_KEY}}
  - {{model: anthropic/claude-house-1, base_url: "{anthropic}", access_key: $ANTHROPIC_KEY}}
  - {{model: together_ai/gpt-oss, base_url: "{other}", access_key: $TOGETHER_KEY}}
  - {{model: openrouter/gpt-oss, base_url: "{other}", access_key: $OPENROUTER_KEY}}
  - {{model: "mistral/*", base_url: "{other}", access_key: $MISTRAL_KEY}}
  - {{model: xai/grok-4, base_url: "{other}", passthrough_auth: true}}
  - {{model: ollama/tiny, base_url: "{other}"}}
  - model: deepseek/deepseek-chat
    base_url: "{other}"
    access_key: $DEEPSEEK_KEY
    headers: {{X-Team: red, X-Team-Token: $TEAM_KEY}}
  - {{model: groq/llama-3.3-70b-versatile, base_url: "{other}", access_key: $GROQ_KEY}}
  - {{model: gemini/gemini-2.5-pro, base_url: "{other}", access_key: $GEMINI_KEY}}
  - {{model: zhipu/glm-4.6, base_url: "{other}", access_key: $ZHIPU_KEY}}
  - {{model: qwen/qwen3-max, base_url: "{other}", access_key: $QWEN_KEY}}
  - {{model: azure_openai/gpt-5, base_url: "{other}", access_key: $AZURE_KEY}}
  - model: acme/house_model/v2
    provider_interface: openai
    base_url: "{other}/deep/path/v9"
    http_host: models.acme.example
    access_key: $ACME_KEY
model_aliases:
  fast: {{target: openai/gpt-4o-mini}}
  under_scored-name: {{target: openai/gpt-4o}}
  wild: {{target: mistral/mistral-small-latest}}
  claude: {{target: claude-house-1}}
"""


@dataclass(frozen=True)
class Providers:
    """The scripted providers behind the shared gateway; `other` plays all the smaller ones."""

    openai: Upstream
    anthropic: Upstream
    other: Upstream

    def all(self) -> list[Upstream]:
        return [getattr(self, field.name) for field in fields(self)]

    def requests(self):
        """What reached any provider at all."""
        return [request for provider in self.all() for request in provider.requests]


@pytest.fixture(scope="session")
def _providers():
    with ExitStack() as stack:
        yield Providers(*(stack.enter_context(Upstream()) for _ in fields(Providers)))


@pytest.fixture
def providers(_providers):
    """Fresh scripts and no requests yet; fails the test when one saw what it must not."""
    for provider in _providers.all():
        provider.forget()
    yield _providers
    for provider in _providers.all():
        provider.check()


@pytest.fixture(scope="session")
def secrets():
    """Names and values of the provider keys in the shared gateway's environment."""
    return SECRETS


@pytest.fixture(scope="session")
def gateway(_providers):
    """One gateway for every test that does not break it."""
    urls = {field.name: getattr(_providers, field.name).url for field in fields(Providers)}
    with Gateway(CONFIG.format(**urls), SECRETS) as running:
        yield running


@pytest.fixture(scope="session")
def http(gateway):
    """A plain HTTP/1.1 client of the gateway."""
    with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture(scope="session")
def openai_client(gateway):
    """The official SDK, without retries of its own."""
    with openai.OpenAI(
        base_url=f"{gateway.base_url}/v1", api_key=CLIENT_CREDENTIAL, max_retries=0, timeout=20
    ) as client:
        yield client


@pytest.fixture(scope="session")
def anthropic_client(gateway):
    """The official SDK, without retries of its own."""
    with anthropic.Anthropic(
        base_url=gateway.base_url, api_key=CLIENT_CREDENTIAL, max_retries=0, timeout=20
    ) as client:
        yield client


@pytest.fixture(scope="session")
def ask(openai_client):
    """Send a chat request for a model; the parsed answer."""

    def _ask(model: str, **more):
        return openai_client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "hello"}], **more
        )

    return _ask


@pytest.fixture(scope="session")
def _bridge():
    with bridged() as running:
        yield running


@pytest.fixture
def bridge(_bridge):
    """A gateway between every API; fails the test when a provider saw what it must not."""
    for provider in _bridge.providers.values():
        provider.forget()
    yield _bridge
    for provider in _bridge.providers.values():
        provider.check()
