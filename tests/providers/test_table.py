"""The table of providers is whole, and its rows say what the product's contracts say."""

import pytest

from extproc.dialects.api import Api
from extproc.providers.catalogue import known_models
from extproc.providers.profile import AuthStyle
from extproc.providers.table import PROFILES, profile

IDS = {
    "openai", "xiaomi", "mistral", "deepseek", "groq", "gemini", "anthropic", "github", "plano",
    "azure_openai", "xai", "together_ai", "ollama", "moonshotai", "zhipu", "qwen", "amazon_bedrock",
    "chatgpt", "digitalocean", "vercel", "openrouter", "astraflow", "astraflow_cn", "meta", "minimax",
    "edenai",
}  # fmt: skip
"""Those that Plano knows; there may be more."""

PLANOS = [row for row in PROFILES.values() if row.id in IDS]


def test_every_provider_of_plano_has_a_row_under_its_id() -> None:
    assert set(PROFILES) >= IDS
    assert all(name == row.id for name, row in PROFILES.items())


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("google", "gemini"),
        ("together", "together_ai"),
        ("amazon", "amazon_bedrock"),
        ("do", "digitalocean"),
        ("do_ai", "digitalocean"),
        ("OpenAI", "openai"),
        ("DO_AI", "digitalocean"),
    ],
)
def test_a_provider_is_found_by_another_spelling(name: str, provider: str) -> None:
    assert PROFILES[provider] is profile(name)


def test_an_unknown_provider_is_none() -> None:
    assert profile("openai2") is None


def test_no_spelling_names_two_providers() -> None:
    spellings = [name for row in PROFILES.values() for name in (row.id, *row.aliases)]

    assert sorted(set(spellings)) == sorted(spellings)


@pytest.mark.parametrize("row", PROFILES.values(), ids=lambda row: row.id)
def test_every_row_is_usable(row) -> None:
    """A prefix joins with what follows ``/v1``, a catalogue exists, and there is an API to call."""
    assert row.path_prefix == "" or row.path_prefix.startswith("/")
    assert not row.path_prefix.endswith("/")
    assert row.apis
    assert row.catalogue is None or known_models(row.catalogue)


def test_only_anthropic_and_azure_have_credential_headers_of_their_own() -> None:
    expected = {"anthropic": AuthStyle.X_API_KEY, "azure_openai": AuthStyle.API_KEY}

    assert expected == {row.id: row.auth for row in PLANOS if row.auth is not AuthStyle.BEARER}


@pytest.mark.parametrize(
    ("api", "providers"),
    [
        (Api.RESPONSES, {"openai", "xai", "vercel", "chatgpt"}),
        (Api.MESSAGES, {"anthropic", "vercel"}),
        (Api.CHAT, IDS - {"anthropic", "chatgpt", "amazon_bedrock"}),
        (Api.CONVERSE, {"amazon_bedrock"}),
        (Api.OPENAI, IDS - {"anthropic", "chatgpt", "amazon_bedrock"}),
    ],
)
def test_the_apis_a_provider_speaks(api: Api, providers: set[str]) -> None:
    assert providers == {row.id for row in PLANOS if api in row.apis}


def test_providers_whose_address_depends_on_the_account_have_no_host() -> None:
    expected = {
        "azure_openai",
        "amazon_bedrock",
        "qwen",
        "ollama",
        "plano",
        "meta",
        "astraflow",
        "astraflow_cn",
    }

    assert expected == {row.id for row in PLANOS if row.host is None}
