"""Makes ``catalogue.json``: which models each provider offers, and what a token of them costs.

    pip download --no-deps litellm
    python -m extproc.providers.catalogue_build litellm-*.whl

The price list is a file in that wheel, which need not be installed. The ``openai`` and ``anthropic`` SDKs
must be: their types name models that the list does not have yet. Nothing of this runs in the product.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, get_args
from zipfile import ZipFile

import anthropic.types
import openai.types
import openai.types.audio
import openai.types.shared

PRICE_LIST: Final = "litellm/model_prices_and_context_window_backup.json"
OUTPUT: Final = Path(__file__).with_name("catalogue.json")

LISTED_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "amazon_bedrock": ("bedrock_mantle",),
    "anthropic": ("anthropic",),
    "chatgpt": ("chatgpt",),
    "deepseek": ("deepseek",),
    "digitalocean": ("gradient_ai",),
    "gemini": ("gemini",),
    "groq": ("groq",),
    "meta": ("meta",),
    "minimax": ("minimax",),
    "mistral": ("mistral",),
    "moonshotai": ("moonshot",),
    "openai": ("openai", "text-completion-openai"),
    "qwen": ("dashscope",),
    "together_ai": ("together_ai",),
    "xai": ("xai",),
    "xiaomi": ("xiaomi_mimo",),
    "zhipu": ("zai", "bigmodel"),
}
"""Our provider id → ``litellm_provider`` of the price list's entries."""

SDK_TYPES: Final[Mapping[str, tuple[object, ...]]] = {
    "anthropic": (anthropic.types.Model,),
    "openai": (
        openai.types.AudioModel,
        openai.types.EmbeddingModel,
        openai.types.ImageModel,
        openai.types.ModerationModel,
        openai.types.audio.SpeechModel,
        openai.types.shared.AllModels,
    ),
}

SERVED_MODES: Final = frozenset(
    {
        "audio_speech",
        "audio_transcription",
        "chat",
        "completion",
        "embedding",
        "image_edit",
        "image_generation",
        "moderation",
        "rerank",
        "responses",
    }
)
"""What a path of ours can call; video, realtime, OCR and search have none."""

NOT_AN_ID: Final = re.compile(
    r"""ft:                                 # a price for all fine-tunes of a model
      | (low|medium|high|standard|hd)/      # an image quality
      | \d+-x-\d+/                          # an image size
      | us-gov-                             # a region
      | together-ai-                        # a size class
      | container$                          # a tool's price
    """,
    re.VERBOSE,
)
"""Keys of the price list that name a price and not a model."""

PRICES: Final = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}


def literals(annotation: object) -> Iterator[str]:
    """Every string in a (nested) ``Literal`` or union of an SDK."""
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from literals(argument)


def prices(entry: Mapping[str, Any]) -> dict[str, float]:
    """USD per million tokens; what the list does not say is left out."""
    return {ours: round(entry[theirs] * 1e6, 6) for ours, theirs in PRICES.items() if entry.get(theirs)}


def models_of(provider: str, price_list: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """One provider's models, sorted by id: of the price list, then what only the SDK names."""
    models: dict[str, dict[str, float]] = {}
    for key, entry in price_list.items():
        listed_as = entry.get("litellm_provider")
        if listed_as not in LISTED_AS[provider] or entry.get("mode") not in SERVED_MODES:
            continue
        name = key.removeprefix(f"{listed_as}/")
        if not NOT_AN_ID.match(name):
            models[name] = prices(entry) or models.get(name, {})
    for annotation in SDK_TYPES.get(provider, ()):
        for name in literals(annotation):
            models.setdefault(name, {})
    return dict(sorted(models.items()))


def dump(providers: Mapping[str, Mapping[str, Any]], source: str) -> str:
    """The file's text: where it is from, then one model a line, to be read in a diff."""
    header = json.dumps({"source": source, "unit": "USD per million tokens"}, indent=1)
    blocks = (
        f"{json.dumps(provider)}: {{\n"
        + ",\n".join(f" {json.dumps(model)}: {json.dumps(price)}" for model, price in models.items())
        + "\n}"
        for provider, models in providers.items()
    )
    return f'{{\n"header": {header},\n"models": {{\n' + ",\n".join(blocks) + "\n}}\n"


def main(wheel: Path) -> None:
    """Write the catalogue."""
    source = (
        f"the price list of litellm {wheel.name.split('-')[1]} (MIT, Copyright (c) 2023 Berri AI) and the "
        f"types of openai {version('openai')} (Apache-2.0) and anthropic {version('anthropic')} (MIT)"
    )
    price_list = json.loads(ZipFile(wheel).read(PRICE_LIST))
    providers = {provider: models_of(provider, price_list) for provider in LISTED_AS}
    OUTPUT.write_text(dump(providers, source), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
