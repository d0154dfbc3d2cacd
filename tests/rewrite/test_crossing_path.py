"""Where a request of each client's API goes at each provider: all of them, as a table."""

from dataclasses import replace

import pytest

from extproc.dialects.operations import match
from extproc.providers.table import PROFILES
from extproc.rewrite.path import crossing_path, upstream_path
from extproc.routing.models import Target
from extproc.testing.builders import a_provider
from extproc.translation.choice import upstream_api

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"


def asked(
    model: str, path: str, *, base: str | None = None, stream: bool = False, api_version: str | None = None
) -> str:
    """The path that a provider is asked for, translated or not."""
    provider = replace(a_provider(model, base_path=base), api_version=api_version)
    target, operation = Target(provider, provider.model), match("POST", path)
    api = upstream_api(operation, provider.profile)
    return crossing_path(target, api, stream) if api else upstream_path(target, operation, path)


ONLY_CHAT = {
    "astraflow": "/v1/chat/completions",
    "astraflow_cn": "/v1/chat/completions",
    "azure_openai": "/openai/deployments/m/chat/completions?api-version=2025-01-01-preview",
    "deepseek": "/v1/chat/completions",
    "digitalocean": "/v1/chat/completions",
    "edenai": "/v3/chat/completions",
    "gemini": "/v1beta/openai/chat/completions",
    "github": "/inference/chat/completions",
    "groq": "/openai/v1/chat/completions",
    "meta": "/v1/chat/completions",
    "minimax": "/v1/chat/completions",
    "mistral": "/v1/chat/completions",
    "moonshotai": "/v1/chat/completions",
    "ollama": "/v1/chat/completions",
    "openrouter": "/api/v1/chat/completions",
    "plano": "/v1/chat/completions",
    "qwen": "/compatible-mode/v1/chat/completions",
    "together_ai": "/v1/chat/completions",
    "xiaomi": "/v1/chat/completions",
    "zhipu": "/api/paas/v4/chat/completions",
}
PATHS = {
    **{provider: (path, path, path) for provider, path in ONLY_CHAT.items()},
    "openai": (CHAT, CHAT, RESPONSES),
    "xai": (CHAT, CHAT, RESPONSES),
    "vercel": (CHAT, MESSAGES, RESPONSES),
    "anthropic": (MESSAGES, MESSAGES, MESSAGES),
    "chatgpt": ("/backend-api/codex/responses",) * 3,
    "amazon_bedrock": ("/model/m/converse",) * 3,
}
"""Of clients of Chat, Messages and Responses."""


def test_the_table_has_none_but_providers() -> None:
    """One that was added later has its path in its golden folder."""
    assert set(PATHS) <= set(PROFILES)


@pytest.mark.parametrize("provider", PATHS)
def test_each_client_reaches_each_provider(provider: str) -> None:
    reached = tuple(asked(f"{provider}/m", path) for path in (CHAT, MESSAGES, RESPONSES))

    assert PATHS[provider] == reached


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
@pytest.mark.parametrize(
    ("model", "base", "expected"),
    [
        # The base URLs of Plano's own defaults, at which it asks for paths that are not there.
        ("gemini/m", "/v1beta", "/v1beta/openai/chat/completions"),
        ("groq/m", "/openai/v1", "/openai/v1/chat/completions"),
        ("zhipu/m", "/api/coding/paas/v4", "/api/coding/paas/v4/chat/completions"),
        ("qwen/m", "/api/v2/apps/compatible-mode/v1", "/api/v2/apps/compatible-mode/v1/chat/completions"),
        ("azure_openai/m", "/openai/v1", "/openai/v1/chat/completions"),
        (
            "azure_openai/a/b",
            "/apim/openai",
            "/apim/openai/deployments/a%2Fb/chat/completions?api-version=2025-01-01-preview",
        ),
        ("anthropic/m", "/proxy", "/proxy/v1/messages"),
        ("anthropic/m", "/proxy/v1", "/proxy/v1/messages"),
        ("chatgpt/m", "/proxy/codex", "/proxy/codex/responses"),
        ("amazon_bedrock/m", "/proxy/v9", "/proxy/v9/model/m/converse"),
    ],
)
def test_each_client_reaches_a_provider_elsewhere(model: str, base: str, expected: str, path: str) -> None:
    assert expected == asked(model, path, base=base)


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
def test_azures_version_is_the_configs(path: str) -> None:
    made = asked("azure_openai/m", path, api_version="2024-10-21")

    assert "/openai/deployments/m/chat/completions?api-version=2024-10-21" == made


@pytest.mark.parametrize("path", [MESSAGES, RESPONSES])
def test_nothing_of_the_clients_query_is_for_another_api(path: str) -> None:
    """Anthropic's SDK says ``?beta=true``, which no other API knows."""
    assert "/v1/chat/completions" == asked("mistral/m", f"{path}?beta=true")


@pytest.mark.parametrize(
    ("model", "segment"),
    [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-v1:0",
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.meta.llama3-v1%3A0",
        ),
        (
            "arn:aws:sagemaker:eu-west-1:1:endpoint/x-y",
            "arn%3Aaws%3Asagemaker%3Aeu-west-1%3A1%3Aendpoint%2Fx-y",
        ),
        ("../a b?c#é", "..%2Fa%20b%3Fc%23%C3%A9"),
    ],
)
@pytest.mark.parametrize(("stream", "call"), [(False, "converse"), (True, "converse-stream")])
def test_a_model_of_bedrock_is_one_segment(model: str, segment: str, stream: bool, call: str) -> None:
    assert f"/model/{segment}/{call}" == asked(f"amazon_bedrock/{model}", CHAT, stream=stream)
