"""Providers that need more than a profile."""

import pytest

from extproc.config.secret import SecretRef
from extproc.config.secrets import literal
from extproc.config.snapshot import Provider
from tests.config.reading import load, warnings, with_providers

ENVIRON = {"CHATGPT_ACCOUNT_ID": "acc"}


def provider(entry: str) -> Provider:
    return load(with_providers(f"- {{{entry}}}"), ENVIRON).snapshot.providers[0]


def test_chatgpt_without_a_key_passes_the_clients_credential() -> None:
    """And the account header that belongs to it, so none is set."""
    found = provider("model: chatgpt/*")
    headers = dict(found.upstream.headers)

    assert found.upstream.credential is None
    assert {"originator", "user-agent", "session_id"} == set(headers)
    assert literal("codex_cli_rs") == headers["originator"]
    assert [] == warnings(with_providers("- {model: chatgpt/*}"))


def test_chatgpt_with_a_key_names_the_account() -> None:
    """From the environment."""
    found = provider("model: chatgpt/gpt-5.1-codex, access_key: k")

    assert literal("k") == found.upstream.credential
    assert SecretRef("env", "CHATGPT_ACCOUNT_ID") == dict(found.upstream.headers)["chatgpt-account-id"]


def test_chatgpt_is_the_same_at_each_start() -> None:
    """Envoy's config and the workers' are made from separate readings."""
    assert provider("model: chatgpt/*") == provider("model: chatgpt/*")


def test_what_the_user_writes_is_kept() -> None:
    """In any case of letters."""
    found = provider("model: chatgpt/*, headers: {Originator: mine}")

    assert literal("mine") == dict(found.upstream.headers)["originator"]


@pytest.mark.parametrize(
    ("entry", "base_path"),
    [
        ("model: moonshotai/kimi-for-coding, base_url: https://api.kimi.com/coding", "/coding/v1"),
        ("model: moonshotai/kimi-for-coding, base_url: https://api.kimi.com/coding/", "/coding/v1"),
        ("model: moonshotai/kimi-for-coding, base_url: https://api.kimi.com/coding/v1", "/coding/v1"),
        ("model: moonshotai/other, base_url: https://api.kimi.com/coding", "/coding/v1"),
        ("model: moonshotai/kimi-for-coding", None),
    ],
)
def test_kimi_for_coding_gets_its_path_and_user_agent(entry: str, base_path: str | None) -> None:
    """Its backend answers coding agents alone."""
    found = provider(f"{entry}, access_key: k")

    assert base_path == found.base_path
    assert (("user-agent", literal("KimiCLI/1.3")),) == found.upstream.headers


def test_other_models_of_moonshot_are_left_alone() -> None:
    """Only the coding plan is special."""
    found = provider("model: moonshotai/kimi-k2, base_url: https://h/coding, access_key: k")

    assert ("/coding", ()) == (found.base_path, found.upstream.headers)
