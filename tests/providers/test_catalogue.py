"""The shipped lists of models."""

import pytest

from extproc.providers.catalogue import known_models


@pytest.mark.parametrize(
    ("catalogue", "model"),
    [
        ("openai", "gpt-4o"),
        ("openai", "text-embedding-3-small"),
        ("openai", "whisper-1"),
        ("openai", "dall-e-3"),
        ("anthropic", "claude-sonnet-4-5"),
        ("gemini", "gemini-2.5-flash"),
        ("groq", "openai/gpt-oss-120b"),
        ("mistral", "mistral-large-latest"),
        ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    ],
)
def test_a_well_known_model_is_in_its_providers_list(catalogue: str, model: str) -> None:
    assert model in known_models(catalogue)


def test_ids_are_sorted_and_are_ids() -> None:
    """Names of prices (image sizes, fine-tunes) are not models that a client could ask for."""
    ids = known_models("openai")

    assert sorted(set(ids)) == list(ids)
    assert not [name for name in ids if "/" in name or name.startswith("ft:")]


def test_a_catalogue_that_does_not_exist_is_empty() -> None:
    assert not known_models("nobody")
