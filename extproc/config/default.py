"""A config made from the API keys in the environment, for who has none."""

from collections.abc import Mapping
from typing import Final

from extproc.config.models.root import CURRENT_VERSION

API_KEYS: Final = (
    ("openai", "OPENAI_API_KEY"),
    ("anthropic", "ANTHROPIC_API_KEY"),
    ("gemini", "GEMINI_API_KEY"),
    ("groq", "GROQ_API_KEY"),
    ("deepseek", "DEEPSEEK_API_KEY"),
    ("mistral", "MISTRAL_API_KEY"),
    ("digitalocean", "DO_API_KEY"),
    ("vercel", "AI_GATEWAY_API_KEY"),
    ("openrouter", "OPENROUTER_API_KEY"),
    ("edenai", "EDENAI_API_KEY"),
)
"""Provider ids and the variables that hold their keys, in the order they are listed."""


class NoApiKeyError(LookupError):
    """None of the variables is set; the message names them."""

    def __init__(self) -> None:
        variables = ", ".join(variable for _, variable in API_KEYS)
        super().__init__(f"there is no config file, and no API key in the environment ({variables})")


def keyed_providers(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The providers whose key is set, each with its variable."""
    return tuple((provider, name) for provider, name in API_KEYS if environ.get(name, "").strip())


def default_config(environ: Mapping[str, str]) -> str:
    """YAML that serves every model of every provider with a key, on loopback. Raises `NoApiKeyError`."""
    providers = keyed_providers(environ)
    if not providers:
        raise NoApiKeyError
    entries = "".join(
        f"  - model: {provider}/*\n    access_key: ${variable}\n" for provider, variable in providers
    )
    return (
        "# Made from the API keys in the environment.\n"
        f"version: {CURRENT_VERSION}\n"
        "listeners:\n"
        "  - name: llm\n"
        "    type: model\n"
        "    address: 127.0.0.1\n"
        "    port: 12000\n"
        f"model_providers:\n{entries}"
    )
