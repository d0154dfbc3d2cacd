"""What preferences, prices, router models, sessions and prompt caching come to."""

from pathlib import Path

import pytest

from extproc.config.load import loads
from extproc.config.snapshot import (
    CostSource,
    LatencySource,
    Preference,
    PromptCaching,
    RouterModels,
    RoutingBudget,
    SessionSettings,
    Snapshot,
)
from tests.config.reading import ENVIRON, PLAIN, errors, load, plus, with_providers
from tests.config.test_preferences import OLD

COST = "model_metrics_sources: [{type: cost, provider: models.dev}]\n"


def snapshot(section: str) -> Snapshot:
    return load(plus(section)).snapshot


def test_without_sections_nothing_is_chosen_and_little_is_remembered() -> None:
    """The defaults."""
    found = load(PLAIN).snapshot

    assert ((), RouterModels(), "english") == (found.preferences, found.router_models, found.router_languages)
    assert (SessionSettings(), None, ()) == (found.sessions, found.prompt_caching, found.metrics_sources)


def test_preferences_are_in_the_configs_order() -> None:
    """Without a policy as they are listed."""
    found = snapshot(
        COST
        + "routing_preferences:\n"
        + "  - {name: b, description: B, models: [gpt-4o], selection_policy: {prefer: cheapest}}\n"
        + "  - {name: a, description: A, models: [openai/gpt-4o, gpt-4o]}\n"
    )

    assert (
        Preference("b", "B", ("gpt-4o",), "cheapest"),
        Preference("a", "A", ("openai/gpt-4o", "gpt-4o"), "none"),
    ) == found.preferences


def test_those_beside_providers_count_before_v0_4_0() -> None:
    """As one preference a name."""
    assert (
        Preference("code", "writing code", ("openai/gpt-4o", "anthropic/claude")),
        Preference("prose", "writing prose", ("openai/gpt-4o",)),
    ) == load(OLD).snapshot.preferences


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ("agent_orchestration_model: gpt-4o", RouterModels("gpt-4o", "gpt-4o")),
        ("llm_routing_model: openai/gpt-4o", RouterModels(None, "openai/gpt-4o")),
        (
            "agent_orchestration_model: gpt-4o, llm_routing_model: plano/gpt-4o",
            RouterModels("gpt-4o", "gpt-4o"),
        ),
        (
            "agent_orchestration_model: fast, llm_routing_model: openai/gpt-4o",
            RouterModels("fast", "openai/gpt-4o"),
        ),
        ("agent_orchestration_model: Plano-Orchestrator", RouterModels()),
        (
            "orchestrator_model_context_length: 100, router_timeout: 1500ms",
            RouterModels(context_tokens=100, timeout_s=1.5),
        ),
    ],
)
def test_the_models_that_choose(overrides: str, expected: RouterModels) -> None:
    """The orchestrator stands in for a router of preferences; what nobody offers is not asked."""
    found = snapshot(f"model_aliases: {{fast: {{target: gpt-4o}}}}\noverrides: {{{overrides}}}")

    assert expected == found.router_models


def test_a_person_does_not_wait_for_minutes_for_a_choice() -> None:
    """An agent may take that long, a router may not."""
    text = plus("overrides: {router_timeout: 2m}")

    assert ["4: overrides.router_timeout: must be at most 60s"] == errors(text)


def test_the_embedded_router_may_know_other_languages() -> None:
    """English is faster."""
    assert "multilingual" == snapshot("overrides: {router_languages: multilingual}").router_languages


def test_how_long_a_choice_lasts() -> None:
    """With what leaving a warm cache may cost."""
    found = snapshot(
        COST
        + "routing:\n"
        + "  session_ttl_seconds: 30\n"
        + "  session_max_entries: 7\n"
        + "  route_on_user_only: true\n"
        + "  routing_budget: {max_switch_spend_pct: 12.5, replenish_on_rebind: false,"
        + " cache_read_discount: 0.25, record_counterfactual: true}\n"
    )

    budget = RoutingBudget(
        12.5, replenish_on_rebind=False, cache_read_discount=0.25, record_counterfactual=True
    )
    assert SessionSettings(30.0, 7, route_on_user_only=True, budget=budget) == found.sessions


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("enabled: false, min_prefix_tokens: 5", None),
        ("enabled: true", PromptCaching()),
        (
            (
                "enabled: true, session_affinity: false, inject_cache_control: false,"
                " min_prefix_tokens: 5, session_ttl_seconds: 60"
            ),
            PromptCaching(
                session_affinity=False, inject_cache_control=False, min_prefix_tokens=5, session_ttl_s=60.0
            ),
        ),
    ],
)
def test_prompt_caching_is_there_where_it_is_enabled(written: str, expected: PromptCaching | None) -> None:
    """Nothing of it counts without."""
    assert expected == snapshot(f"prompt_caching: {{{written}}}").prompt_caching


@pytest.mark.parametrize(
    ("provider", "location"),
    [
        ("digitalocean", "https://api.digitalocean.com/v2/gen-ai/models/catalog"),
        ("models.dev", "https://models.dev/api.json"),
    ],
)
def test_a_price_list_is_at_its_public_address(provider: str, location: str) -> None:
    """Read once."""
    (found,) = snapshot(f"model_metrics_sources: [{{type: cost, provider: {provider}}}]").metrics_sources

    assert CostSource(provider, location, None, {}) == found  # type: ignore[arg-type]  # one of two words


@pytest.mark.parametrize(
    "written", ["prices.json", "./prices.json", "file:prices.json", "file:{}", "file://{}"]
)
def test_a_price_list_may_be_a_file(written: str, tmp_path: Path) -> None:
    """Relative paths start at the config's directory."""
    (tmp_path / "prices.json").write_text("{}")
    text = plus(
        "model_metrics_sources:\n"
        f"  - {{type: cost, provider: models.dev, url: '{written.format(tmp_path / 'prices.json')}',"
        " refresh_interval: 60, model_aliases: {x/y: gpt-4o}}\n"
    )
    (found,) = loads(text, ENVIRON, directory=tmp_path).snapshot.metrics_sources

    assert CostSource("models.dev", str(tmp_path / "prices.json"), 60.0, {"x/y": "gpt-4o"}) == found


@pytest.mark.parametrize("written", ["ftp://h/x", "http://", "'file:'", "''"])
def test_a_price_list_is_nowhere_else(written: str) -> None:
    """A scheme that nobody reads."""
    (error,) = errors(plus(f"model_metrics_sources: [{{type: cost, provider: models.dev, url: {written}}}]"))

    assert error.startswith("4: model_metrics_sources[0].url: ")


def test_latencies_are_asked_of_prometheus() -> None:
    """By a query of one's own."""
    (found,) = snapshot(
        "model_metrics_sources:\n"
        "  - {type: latency, provider: prometheus, url: 'http://p:9090', query: up, refresh_interval: 5}\n"
    ).metrics_sources

    assert LatencySource("http://p:9090", "up", 5.0) == found


@pytest.mark.parametrize(
    ("written", "rest", "expected"),
    [
        ("", "", False),
        (", prefix_affinity: true", "", True),
        ("", "endpoints: {e: {endpoint: 'h:8000', prefix_affinity: true}}", True),
        ("", "endpoints: {e: {endpoint: 'h:8000'}}", False),
        ("", "endpoints: {e: {endpoint: h, prefix_affinity: true}}", False),
        ("", "endpoints: {e: {endpoint: 'x:8000', prefix_affinity: true}}", False),
    ],
)
def test_which_prompts_that_begin_alike_stay_together(written: str, rest: str, expected: bool) -> None:
    """Said at the provider, or as in Plano at an endpoint of the same host and port."""
    entry = f"{{model: ollama/a, base_url: 'http://h:8000/v1', access_key: k{written}}}"

    assert expected == load(with_providers(f"- {entry}") + rest).snapshot.providers[0].prefix_affinity
