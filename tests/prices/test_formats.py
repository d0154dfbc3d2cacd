"""Price lists and latencies as their sources write them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.prices.book import Rates
from extproc.prices.formats import CATALOGUES, UnreadableSource, digitalocean, models_dev, prometheus


def priced(**cost: object) -> dict[str, Any]:
    return {"cost": cost}


def dev(**providers: dict[str, Any]) -> bytes:
    named = {name.replace("_", "-"): {"models": models} for name, models in providers.items()}
    return json.dumps(named).encode()


def sample(model: str, value: str) -> dict[str, Any]:
    return {"metric": {"model_name": model}, "value": [1754000000.5, value]}


def answered(*samples: dict[str, Any]) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": samples}}).encode()


def test_models_dev_names_its_models_by_provider_and_by_id() -> None:
    """Prices are per million tokens already."""
    text = dev(openai={"gpt-4o": priced(input=2.5, output=10, cache_read=1.25)})

    prices = models_dev(text, {})

    expected = Rates(2.5, 10.0, 1.25)
    assert (expected, expected) == (prices.by_name["openai/gpt-4o"], prices.by_id["gpt-4o"])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("google", "gemini"),
        ("amazon_bedrock", "amazon_bedrock"),
        ("togetherai", "together_ai"),
        ("azure", "azure_openai"),
        ("zai", "zhipu"),
    ],
)
def test_providers_that_models_dev_calls_otherwise_have_our_name_too(theirs: str, ours: str) -> None:
    prices = models_dev(dev(**{theirs: {"m": priced(input=1, output=2)}}), {})

    assert Rates(1.0, 2.0) == prices.by_name[f"{ours}/m"]


def test_a_bare_id_has_the_price_of_who_makes_the_model() -> None:
    """Whatever the order of the list; resellers add to it."""
    text = dev(
        abacus={"gpt-4o": priced(input=9, output=9)},
        openrouter={"gpt-4o": priced(input=8, output=8)},
        openai={"gpt-4o": priced(input=2, output=3)},
    )

    assert Rates(2.0, 3.0) == models_dev(text, {}).by_id["gpt-4o"]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"cost": None},
        priced(input=1),
        priced(output=1),
        priced(input="1", output=2),
        priced(input=True, output=2),
        priced(input=-1, output=2),
    ],
)
def test_a_model_without_both_prices_is_left_out_of_models_dev(entry: dict[str, Any]) -> None:
    prices = models_dev(dev(openai={"odd": entry, "sound": priced(input=1, output=2)}), {})

    assert ["sound"] == list(prices.by_id)


def test_digitaloceans_prices_per_million_are_per_token() -> None:
    """As their values show; the cached price has two names, the longer counts first."""
    pricing = {"input_price_per_million": 2.5e-06, "output_price_per_million": 1e-05}
    cached = {**pricing, "cache_read_input_price_per_million": 1.25e-06, "input_cache_read": 9}
    entries = [
        {"model_id": "openai-gpt-4o", "pricing": cached},
        {"model_id": "other", "pricing": {**pricing, "input_cache_read": 1e-07}},
    ]

    prices = digitalocean(json.dumps({"data": entries}).encode(), {})

    assert pytest.approx((2.5, 10.0, 1.25)) == _values(prices.by_id["openai-gpt-4o"])
    assert pytest.approx((2.5, 10.0, 0.1)) == _values(prices.by_name["digitalocean/other"])


def test_digitalocean_would_be_read_right_if_its_prices_were_per_million() -> None:
    """A thousand dollars for a million tokens, or a thousandth: neither is a price."""
    pricing = {"input_price_per_million": 0.05, "output_price_per_million": 0.2}
    text = json.dumps({"data": [{"model_id": "m", "pricing": pricing}]}).encode()

    assert Rates(0.05, 0.2) == digitalocean(text, {}).by_id["m"]


def test_digitaloceans_models_without_any_price_are_left_out_and_a_missing_one_is_nothing() -> None:
    """Embeddings have no output."""
    entries = [
        {"model_id": "unpriced"},
        {"model_id": "empty", "pricing": {}},
        {"model_id": "embedding", "pricing": {"input_price_per_million": 2e-08}},
    ]

    prices = digitalocean(json.dumps({"data": entries}).encode(), {})

    assert ["embedding"] == list(prices.by_id)
    assert pytest.approx((0.02, 0.0)) == _values(prices.by_id["embedding"])[:2]


@pytest.mark.parametrize("theirs", ["openai/gpt-4o", "gpt-4o"])
def test_the_configs_names_are_put_in_place_of_the_lists(theirs: str) -> None:
    """``model_aliases``: the list's name, with or without its provider → a model of the config."""
    prices = models_dev(dev(openai={"gpt-4o": priced(input=1, output=2)}), {theirs: "mine/best", "x": "y"})

    assert Rates(1.0, 2.0) == prices.by_name["mine/best"]
    assert "y" not in prices.by_name


def test_prometheus_tells_latencies_by_model_name() -> None:
    """What is not a number, or has no label, tells nothing."""
    text = answered(
        sample("openai/gpt-4o", "0.25"),
        sample("idle", "NaN"),
        sample("stuck", "+Inf"),
        sample("odd", "fast"),
        {"metric": {}, "value": [0, "1"]},
        {"metric": {"model_name": "short"}, "value": [0]},
    )

    assert {"openai/gpt-4o": 0.25} == prometheus(text)


def test_prometheus_may_have_nothing_to_tell() -> None:
    """No requests in the query's window."""
    assert {} == prometheus(answered())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"status":"error","error":"parse error"}', "Prometheus says: parse error"),
        (b'{"status":"success"}', "it is no answer of Prometheus"),
        (b"<html>", "it is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b"[]", "it is no JSON object"),
    ],
)
def test_what_is_no_answer_of_prometheus_says_so(text: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource) as refused:
        prometheus(text)

    assert reason == str(refused.value)


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("text", [b"{}", b'{"data":[]}', b'{"openai":{"models":{}}}', b"[]", b"", b"\xff"])
def test_a_list_without_prices_is_no_list(name: str, text: bytes) -> None:
    """It would wipe out what is known."""
    with pytest.raises(UnreadableSource):
        CATALOGUES[name](text, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "models", "cost", "input", "output", "model_id", "pricing", "result"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_document_breaks_a_reader(document: Any) -> None:
    """It is read, or refused in one way."""
    text = json.dumps(document, allow_nan=False, default=str) if _finite(document) else "[]"
    for read in (*CATALOGUES.values(), lambda body, _: prometheus(body)):
        try:
            read(text.encode(), {"a": "b"})
        except UnreadableSource:
            continue


def _finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


def _values(rates: Rates) -> tuple[float, ...]:
    values = (rates.input, rates.output, rates.cache_read)
    return tuple(value for value in values if value is not None)
