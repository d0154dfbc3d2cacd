"""What the sources answer, read into tables. Pure.

An entry that makes no sense is left out, so that one of them does not cost the whole list; a document that
is not of its format, or has nothing in it, raises `UnreadableSource`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from extproc.prices.book import Latencies, PriceList, Rates

MODELS_DEV_IDS: Final[Mapping[str, str]] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "gemini",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "xai": "xai",
    "groq": "groq",
    "moonshotai": "moonshotai",
    "zai": "zhipu",
    "zhipuai": "zhipu",
    "alibaba": "qwen",
    "minimax": "minimax",
    "xiaomi": "xiaomi",
    "meta": "meta",
    "llama": "meta",
    "togetherai": "together_ai",
    "digitalocean": "digitalocean",
    "amazon-bedrock": "amazon_bedrock",
    "azure": "azure_openai",
    "vercel": "vercel",
    "openrouter": "openrouter",
    "edenai": "edenai",
    "ollama-cloud": "ollama",
}
"""Provider at models.dev → ours. Of a bare id that several have, the price is that of the first here: those
who make models stand before those who resell them."""

_PER_TOKEN_MAX: Final = 1e-3
"""USD. DigitalOcean's prices "per million" are per token. Should that change, their size tells: what is less
is a price per token, of up to 1000 a million; no million tokens cost a thousandth of a dollar."""

_decode: Final = msgspec.json.Decoder().decode


class UnreadableSource(Exception):
    """A source gave no answer that can be used. `str()` says why, for people."""


def models_dev(text: bytes, aliases: Mapping[str, str]) -> PriceList:
    """``{provider: {models: {id: {cost: {input, output, cache_read}}}}}``, in USD per million tokens."""
    document = _object(text)
    by_name: dict[str, Rates] = {}
    by_id: dict[str, Rates] = {}
    ranks = {name: rank for rank, name in enumerate(MODELS_DEV_IDS)}
    for provider in sorted(document, key=lambda name: ranks.get(name, len(ranks))):
        models = _get(_get(document, provider), "models")
        for model, entry in models.items() if isinstance(models, dict) else ():
            rates = _rates(_get(entry, "cost"), "input", "output", "cache_read")
            if rates:
                by_id.setdefault(model, rates)
                by_name.setdefault(f"{provider}/{model}", rates)
                by_name.setdefault(f"{MODELS_DEV_IDS.get(provider, provider)}/{model}", rates)
    return _named(by_name, by_id, aliases)


def digitalocean(text: bytes, aliases: Mapping[str, str]) -> PriceList:
    """``{data: [{model_id, pricing: {…_price_per_million}}]}``, in USD per token despite its name."""
    by_id: dict[str, Rates] = {}
    entries = _get(_object(text), "data")
    for entry in entries if isinstance(entries, list) else ():
        model, pricing = _get(entry, "model_id"), _get(entry, "pricing")
        if isinstance(model, str) and (rates := _digitalocean_rates(pricing)):
            by_id.setdefault(model, rates)
    by_name = {f"digitalocean/{model}": rates for model, rates in by_id.items()}
    return _named(by_name, by_id, aliases)


def prometheus(text: bytes) -> Latencies:
    """The result of an instant query, by the label ``model_name``; what is no number is left out."""
    document = _object(text)
    if document.get("status") != "success":
        raise UnreadableSource(f"Prometheus says: {document.get('error') or 'no success'}")
    result = _get(_get(document, "data"), "result")
    if not isinstance(result, list):
        raise UnreadableSource("it is no answer of Prometheus")
    return dict(_samples(result))


def _samples(result: list[Any]) -> Iterator[tuple[str, float]]:
    for sample in result:
        model, value = _get(_get(sample, "metric"), "model_name"), _get(sample, "value")
        if not (isinstance(model, str) and isinstance(value, list) and len(value) == 2):
            continue
        try:
            latency = float(value[1])
        except (TypeError, ValueError):
            continue
        if math.isfinite(latency):
            yield model, latency


def _digitalocean_rates(pricing: Any) -> Rates | None:
    cached = "cache_read_input_price_per_million"
    if _price(_get(pricing, cached)) is None:
        cached = "input_cache_read"
    rates = _rates(pricing, "input_price_per_million", "output_price_per_million", cached, least=1)
    if rates is None or max(rates.input, rates.output) >= _PER_TOKEN_MAX:
        return rates
    return Rates(rates.input * 1e6, rates.output * 1e6, _scaled(rates.cache_read))


def _scaled(price: float | None) -> float | None:
    return None if price is None else price * 1e6


def _rates(prices: Any, input_: str, output: str, cache_read: str, *, least: int = 2) -> Rates | None:
    """The prices in an object; ``None`` where fewer than `least` of input and output are there."""
    told = [_price(_get(prices, input_)), _price(_get(prices, output))]
    if sum(price is not None for price in told) < least:
        return None
    return Rates(told[0] or 0.0, told[1] or 0.0, _price(_get(prices, cache_read)))


def _price(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None


def _named(by_name: dict[str, Rates], by_id: dict[str, Rates], aliases: Mapping[str, str]) -> PriceList:
    """With the config's names beside the list's own; a config's name stands for what it was given to."""
    if not by_id:
        raise UnreadableSource("there are no prices in it")
    given = {
        ours: rates for theirs, ours in aliases.items() if (rates := by_name.get(theirs) or by_id.get(theirs))
    }
    return PriceList({**by_name, **given}, by_id)


def _object(text: bytes) -> dict[str, Any]:
    try:
        document = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableSource(f"it is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise UnreadableSource("it is no JSON object")
    return document


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


Catalogue = Callable[[bytes, Mapping[str, str]], PriceList]
CATALOGUES: Final[Mapping[str, Catalogue]] = {"models.dev": models_dev, "digitalocean": digitalocean}
"""`CostSource.format` → what reads it."""
