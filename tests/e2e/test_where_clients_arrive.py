"""Every client's API at providers with paths, keys and versions of their own: Azure, Gemini and the like."""

import pytest

from extproc.dialects.api import Api
from extproc.testing import said
from extproc.testing.gateway import Gateway
from extproc.testing.said import Call, Said
from extproc.testing.upstream import Upstream
from tests.e2e.speakers import SPEAKERS

KEY = "sk-of-the-provider"

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: azure_openai/gpt-4.1, base_url: "{url}", access_key: $KEY}}
  - {{model: azure_openai/my-deployment, base_url: "{url}", access_key: $KEY, api_version: 2024-10-21}}
  - {{model: azure_openai/apim, base_url: "{url}/apim/openai", access_key: $KEY}}
  - {{model: azure_openai/newest, base_url: "{url}/openai/v1", access_key: $KEY}}
  - {{model: gemini/gemini-2.5-pro, base_url: "{url}", access_key: $KEY}}
  - {{model: google/gemini-2.5-flash, base_url: "{url}/v1beta", access_key: $KEY}}
  - {{model: groq/llama-3.3, base_url: "{url}/openai/v1", access_key: $KEY}}
  - {{model: zhipu/glm-4.6, base_url: "{url}", access_key: $KEY}}
  - {{model: qwen/qwen3-max, base_url: "{url}", access_key: $KEY}}
  - {{model: github/gpt-4.1-mini, base_url: "{url}", access_key: $KEY}}
"""

VERSION = "api-version=2025-01-01-preview"
PATHS = {
    "gpt-4.1": f"/openai/deployments/gpt-4.1/chat/completions?{VERSION}",
    "my-deployment": "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21",
    "apim": f"/apim/openai/deployments/apim/chat/completions?{VERSION}",
    "newest": "/openai/v1/chat/completions",
    "gemini-2.5-pro": "/v1beta/openai/chat/completions",
    "gemini-2.5-flash": "/v1beta/openai/chat/completions",
    "llama-3.3": "/openai/v1/chat/completions",
    "glm-4.6": "/api/paas/v4/chat/completions",
    "qwen3-max": "/compatible-mode/v1/chat/completions",
    "gpt-4.1-mini": "/inference/chat/completions",
}
AZURES = ("gpt-4.1", "my-deployment", "apim", "newest")

LOOKS = Said("I look.", calls=(Call("call_1", "look_up", {"city": "Zürich"}),))


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as running:
        yield running


@pytest.fixture
def provider(upstream):
    """It speaks Chat Completions, as all of these do; fails the test when it saw what it must not."""
    upstream.forget()
    upstream.script_with(lambda seen: said.answer(Api.CHAT, LOOKS, stream=bool(seen.json().get("stream"))))
    yield upstream
    upstream.check()


@pytest.fixture(scope="module")
def speakers(upstream):
    """The SDKs, by API."""
    with Gateway(CONFIG.format(url=upstream.url), {"KEY": KEY}) as running:
        yield {speaker.api: speaker(running.base_url) for speaker in SPEAKERS}


every_client = pytest.mark.parametrize("api", [speaker.api for speaker in SPEAKERS], ids=lambda api: api.name)


@every_client
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", PATHS)
def test_a_client_arrives_where_the_provider_listens(provider, speakers, model, api, stream):
    speaker = speakers[api]

    heard = speaker.ask(model, speaker.question("hello"), stream=stream)

    assert ("I look.", (("call_1", "look_up", {"city": "Zürich"}),)) == (heard.text, heard.calls)
    seen = provider.only()
    assert (PATHS[model], model) == (seen.target, seen.json()["model"])


@every_client
@pytest.mark.parametrize("model", PATHS)
def test_a_provider_gets_its_key_in_the_header_that_it_reads(provider, speakers, model, api):
    speaker = speakers[api]

    speaker.ask(model, speaker.question("hello"), stream=False)

    header, value = ("api-key", KEY) if model in AZURES else ("authorization", f"Bearer {KEY}")
    credentials = {"authorization", "api-key", "x-api-key"}
    found = [(name, held) for name, held in provider.only().headers if name.lower() in credentials]
    assert [(header, value)] == found
    assert not [name for name, _ in provider.only().headers if name.lower().startswith("anthropic-")]
