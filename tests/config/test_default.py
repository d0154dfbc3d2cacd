"""A config from the API keys in the environment."""

import pytest

from extproc.config.default import API_KEYS, NoApiKeyError, default_config, keyed_providers
from extproc.config.load import loads


def test_every_provider_with_a_key_is_served_in_a_fixed_order() -> None:
    """All of its models, on loopback."""
    environ = {variable: "k" for _, variable in reversed(API_KEYS)}
    loaded = loads(default_config(environ), environ)
    listener = loaded.snapshot.listeners[0]

    assert [f"{provider}/*" for provider, _ in API_KEYS] == [item.name for item in loaded.snapshot.providers]
    assert ("model", "127.0.0.1", 12000) == (listener.kind, listener.address, listener.port)
    assert () == loaded.warnings


@pytest.mark.parametrize(("provider", "variable"), API_KEYS)
def test_one_key_is_enough(provider: str, variable: str) -> None:
    """Its value stands nowhere in the config."""
    environ = {variable: "sk-secret"}
    text = default_config(environ)

    assert "sk-secret" not in text
    assert [f"{provider}/*"] == [item.name for item in loads(text, environ).snapshot.providers]
    assert ((provider, variable),) == keyed_providers(environ)


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}, {"OPENAI_API_KEY": " "}, {"PATH": "x"}])
def test_without_a_key_the_variables_are_named(environ: dict[str, str]) -> None:
    """Set to nothing is not set."""
    with pytest.raises(NoApiKeyError) as caught:
        default_config(environ)

    assert all(variable in str(caught.value) for _, variable in API_KEYS)
