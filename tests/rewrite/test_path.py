"""The upstream path of each provider, from the client's path and the config."""

from dataclasses import replace

import pytest

from extproc.dialects.operations import match
from extproc.providers.table import PROFILES
from extproc.rewrite.path import upstream_path
from extproc.routing.models import Target
from extproc.testing.builders import a_provider

CHAT = "/v1/chat/completions"
AZURE_VERSION = "api-version=2025-01-01-preview"


def upstream(
    provider: str,
    path: str = CHAT,
    *,
    base: str | None = None,
    interface: str | None = None,
    api_version: str | None = None,
    method: str = "POST",
) -> str:
    """The path that a request on `path` has when it reaches `provider`."""
    entry = replace(a_provider(provider, base_path=base, interface=interface), api_version=api_version)
    return upstream_path(Target(entry, entry.model), match(method, path), path)


PREFIXES = {
    "azure_openai": "/openai/deployments/m",
    "chatgpt": "/backend-api/codex",
    "edenai": "/v3",
    "gemini": "/v1beta/openai",
    "github": "/inference",
    "groq": "/openai/v1",
    "openrouter": "/api/v1",
    "qwen": "/compatible-mode/v1",
    "zhipu": "/api/paas/v4",
}


PATHS = (
    CHAT,
    "/v1/responses",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/embeddings",
    "/v1/audio/speech",
)
SPOKEN = [
    (provider, path)
    for provider, profile in PROFILES.items()
    for path in PATHS
    if match("POST", path).api in profile.apis
]


@pytest.mark.parametrize(("provider", "path"), SPOKEN)
def test_every_provider_has_its_prefix_in_place_of_ours_on_every_api_it_speaks(
    provider: str, path: str
) -> None:
    query = f"?{AZURE_VERSION}" if provider == "azure_openai" else ""

    assert f"{PREFIXES.get(provider, '/v1')}{path.removeprefix('/v1')}{query}" == upstream(
        f"{provider}/m", path
    )


@pytest.mark.parametrize(
    ("provider", "base", "expected"),
    [
        ("openai/m", "/proxy/v2", "/proxy/v2/chat/completions"),
        ("openai/m", "/v1", "/v1/chat/completions"),
        ("openai/m", "", "/v1/chat/completions"),
        ("openai/m", "/proxy", "/proxy/chat/completions"),
        ("groq/m", "/openai/v1", "/openai/v1/chat/completions"),
        ("groq/m", "/openai", "/openai/v1/chat/completions"),
        ("gemini/m", "/v1beta", "/v1beta/openai/chat/completions"),
        ("gemini/m", "/v1beta/openai", "/v1beta/openai/chat/completions"),
        ("gemini/m", "/proxy/v1beta", "/proxy/v1beta/chat/completions"),
        ("zhipu/m", "/api/coding/paas/v4", "/api/coding/paas/v4/chat/completions"),
        ("openrouter/m", "/api/v1", "/api/v1/chat/completions"),
        ("amazon_bedrock/m", "/openai/v1", "/openai/v1/chat/completions"),
    ],
)
def test_the_path_of_a_base_url_replaces_the_providers_prefix(
    provider: str, base: str, expected: str
) -> None:
    """A path that is only the beginning of that prefix is taken as the provider's address."""
    assert expected == upstream(provider, base=base)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, "/v1/messages"),
        ("/v1", "/v1/messages"),
        ("/anthropic", "/anthropic/v1/messages"),
        ("/anthropic/v1", "/anthropic/v1/messages"),
    ],
)
def test_messages_get_a_version_where_a_base_url_has_none(base: str | None, expected: str) -> None:
    """Anthropic's SDK adds `/v1` to its base URL, OpenAI's does not; configs hold both kinds."""
    assert expected == upstream("anthropic/claude", "/v1/messages", base=base)


def test_a_host_without_versions_is_asked_without_one() -> None:
    assert upstream("perplexity/sonar", interface="openai") == "/chat/completions"
    assert upstream("Perplexity/sonar", interface="openai", base="/v1") == "/v1/chat/completions"
    assert upstream("house/llama", interface="openai") == CHAT


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/v1/files?purpose=batch&a=%2F", "GET", "/openai/v1/files?purpose=batch&a=%2F"),
        ("/v1/files/a%2Fb/content?", "GET", "/openai/v1/files/a%2Fb/content"),
        ("/v1/files/f_1/", "DELETE", "/openai/v1/files/f_1"),
        ("/v1/chat/completions/?a=/", "POST", "/openai/v1/chat/completions?a=/"),
        ("/v1/chat/completions?a=b?c=d#e&&", "POST", "/openai/v1/chat/completions?a=b?c=d#e&&"),
        ("/v1/batches/b/cancel?é", "POST", "/openai/v1/batches/b/cancel?é"),
    ],
)
def test_what_follows_the_version_is_passed_as_it_was_written(path: str, method: str, expected: str) -> None:
    """But for a slash at the end and an empty query."""
    assert expected == upstream("groq/m", path, method=method)


# Azure: the model is in the path, and a version in the query.


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, "/openai/deployments/m/chat/completions"),
        ("/openai", "/openai/deployments/m/chat/completions"),
        ("/openai/deployments", "/openai/deployments/m/chat/completions"),
        ("/openai/deployments/mine", "/openai/deployments/mine/chat/completions"),
        ("/apim/openai", "/apim/openai/deployments/m/chat/completions"),
        ("/apim", "/apim/m/chat/completions"),
    ],
)
def test_azures_deployment_is_in_the_path(base: str | None, expected: str) -> None:
    assert f"{expected}?{AZURE_VERSION}" == upstream("azure_openai/m", base=base)


def test_azures_deployment_is_encoded_as_one_segment() -> None:
    assert upstream("azure_openai/a/b c?é") == (
        f"/openai/deployments/a%2Fb%20c%3F%C3%A9/chat/completions?{AZURE_VERSION}"
    )


def test_azures_v1_api_has_the_model_in_the_body_and_needs_no_version() -> None:
    assert upstream("azure_openai/m", base="/openai/v1") == "/openai/v1/chat/completions"


def test_an_operation_without_a_model_is_azures_resources_own() -> None:
    entry = a_provider("azure_openai/m")
    apim = replace(entry, base_path="/apim")
    operation = match("GET", "/v1/files")

    assert upstream_path(Target(entry, ""), operation, "/v1/files") == f"/openai/files?{AZURE_VERSION}"
    assert upstream_path(Target(apim, ""), operation, "/v1/files") == f"/apim/files?{AZURE_VERSION}"


@pytest.mark.parametrize(
    ("query", "api_version", "expected"),
    [
        ("", None, AZURE_VERSION),
        ("", "2024-10-21", "api-version=2024-10-21"),
        ("a=1", None, f"a=1&{AZURE_VERSION}"),
        ("api-version=x", "2024-10-21", "api-version=x"),
        ("a=1&api-version=x&b", None, "a=1&api-version=x&b"),
        ("my-api-version=x", None, f"my-api-version=x&{AZURE_VERSION}"),
    ],
)
def test_azures_version_joins_the_clients_query_unless_that_has_one(
    query: str, api_version: str | None, expected: str
) -> None:
    path = upstream("azure_openai/m", f"{CHAT}?{query}", api_version=api_version)

    assert f"/openai/deployments/m/chat/completions?{expected}" == path


def test_a_version_in_the_config_is_kept_at_azures_v1_api() -> None:
    path = upstream("azure_openai/m", base="/openai/v1", api_version="preview")

    assert path == "/openai/v1/chat/completions?api-version=preview"
