"""Names of models, endpoints and sources that sections refer to."""

import pytest

from tests.config.reading import errors, load, plus, warnings, with_providers

MODELS = """\
- {model: openai/gpt-4o, name: main, access_key: k}
- {model: anthropic/*, access_key: k}
- {model: own/*, base_url: http://x, provider_interface: openai, access_key: k}
"""


@pytest.mark.parametrize(
    "target",
    ["gpt-4o", "openai/gpt-4o", "main", "anthropic/any-model", "own/llama3:8b", "claude-sonnet-4-5-20250929"],
)
def test_an_alias_may_stand_for_whatever_a_request_could_name(target: str) -> None:
    """Full, bare, and given names, models of wildcards, and the bare ones that the catalogue knows."""
    text = with_providers(MODELS) + f"model_aliases: {{fast: {{target: '{target}'}}}}\n"

    assert {"fast": target} == load(text).snapshot.aliases


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("gpt-4", "no provider offers gpt-4 (did you mean gpt-4o?)"),
        ("azure/gpt-4o", "no provider offers azure/gpt-4o (did you mean gpt-4o?)"),
        ("anthropic/", "no provider offers anthropic/ (did you mean anthropic/*?)"),
        ("zzz", "no provider offers zzz (there is openai/gpt-4o, gpt-4o, main, anthropic/*, own/*)"),
        ("other", "other is an alias itself (name the model)"),
    ],
)
def test_an_alias_for_what_nobody_offers_is_an_error(target: str, message: str) -> None:
    """An alias is one step."""
    aliases = f"model_aliases:\n  fast: {{target: {target}}}\n  other: {{target: main}}\n"

    assert [f"8: model_aliases.fast.target: {message}"] == errors(with_providers(MODELS) + aliases)


def test_an_alias_called_like_a_model_is_warned_of() -> None:
    """It takes the model's place."""
    text = plus("model_aliases: {gpt-4o: {target: openai/gpt-4o}}")

    assert ["4: model_aliases.gpt-4o: is also the name of a configured model"] == warnings(text)


COST = "model_metrics_sources: [{type: cost, provider: models.dev}]"


def test_a_price_for_a_model_that_nobody_offers_is_warned_of() -> None:
    """It is missing elsewhere."""
    section = "model_metrics_sources: [{type: cost, provider: models.dev, model_aliases: {x: gpt-4}}]"

    assert [
        "4: model_metrics_sources[0].model_aliases.x: no provider offers gpt-4 (did you mean gpt-4o?)"
    ] == warnings(plus(section))


@pytest.mark.parametrize(
    ("section", "path"),
    [
        (
            (
                "routing_preferences: [{name: a, description: d, models: [gpt-4o],"
                " selection_policy: {prefer: cheapest}}]"
            ),
            "routing_preferences[0].selection_policy.prefer",
        ),
        ("routing: {routing_budget: {max_switch_spend_pct: 10}}", "routing.routing_budget"),
    ],
)
def test_without_a_price_list_the_prices_of_this_version_are_warned_of(section: str, path: str) -> None:
    """They are better than no order, and older than they look."""
    message = (
        "reckons with the prices that came with this version "
        "(a source of type cost in model_metrics_sources has those of today)"
    )

    assert any(f"{path}: {message}" in warning for warning in warnings(plus(section)))


def test_a_price_list_that_is_not_there_is_an_error() -> None:
    """The path is relative to the config."""
    (error,) = errors(plus("model_metrics_sources: [{type: cost, provider: models.dev, url: no/list.json}]"))

    assert error.startswith("4: model_metrics_sources[0].url: there is no file /")
    assert error.endswith("/no/list.json")


@pytest.mark.parametrize(
    ("key", "written", "found"),
    [
        ("agent_orchestration_model", "gpt-4o", []),
        ("agent_orchestration_model", "openai/gpt-4o", []),
        ("llm_routing_model", "plano/gpt-4o", []),
        (
            "llm_routing_model",
            "Plano-Orchestrator",
            ["no model is asked, the embedded router chooses (there is openai/gpt-4o, gpt-4o)"],
        ),
    ],
)
def test_a_router_model_that_nobody_offers_is_warned_of(key: str, written: str, found: list[str]) -> None:
    """Plano's default one is elsewhere; nothing leaves this gateway for it."""
    text = plus(f"overrides: {{{key}: {written}}}")
    message = f"4: overrides.{key}: no provider offers {written}: "

    assert [message + end for end in found] == warnings(text)


@pytest.mark.parametrize(
    ("section", "path", "message"),
    [
        (
            "routing_preferences: [{name: a, description: d, models: [gpt-5]}]",
            "routing_preferences[0].models[0]",
            "no provider offers gpt-5 (did you mean gpt-4o?)",
        ),
        (
            (
                "routing_preferences: [{name: a, description: d, models: [gpt-4o]},"
                " {name: a, description: e, models: [gpt-4o]}]"
            ),
            "routing_preferences[1].name",
            "a is another preference's name (see line 4)",
        ),
        (
            (
                "routing_preferences: [{name: a, description: d, models: [gpt-4o],"
                " selection_policy: {prefer: fastest}}]"
            ),
            "routing_preferences[0].selection_policy.prefer",
            "needs a source of type latency (add it to model_metrics_sources)",
        ),
        (
            f"{COST[:-1]}, {{type: cost, provider: digitalocean}}]",
            "model_metrics_sources[1]",
            "there can be one source of type cost",
        ),
        (
            "routing: {session_cache: {type: redis}}",
            "routing.session_cache.url",
            "is required for the type redis",
        ),
        (
            "routing: {session_cache: {type: sqlite}}",
            "routing.session_cache.path",
            "is required for the type sqlite",
        ),
        (
            "routing: {session_cache: {type: postgres}}",
            "routing.session_cache.connection_string",
            "is required for the type postgres",
        ),
        (
            "ratelimits: [{model: gpt-5, selector: {key: k}, limit: {tokens: 1, unit: day}}]",
            "ratelimits[0].model",
            "no provider offers gpt-5 (did you mean gpt-4o?)",
        ),
        (
            "ratelimits: [{model: gpt-4o, selector: {key: k}, limit: {unit: day}}]",
            "ratelimits[0].limit",
            "needs tokens or requests",
        ),
        (
            (
                "ratelimits: [{model: gpt-4o, selector: {key: k}, limit: {tokens: 1, unit: day}},"
                " {model: gpt-4o, selector: {key: K}, limit: {requests: 1, unit: day}}]"
            ),
            "ratelimits[1]",
            "has the model and selector of another limit",
        ),
        (
            "prompt_targets: [{name: a, description: d}]",
            "prompt_targets[0].endpoint",
            "is required (say what the target calls)",
        ),
        (
            "prompt_targets: [{name: a, description: d, endpoint: {name: api, path: /}}]",
            "prompt_targets[0].endpoint.name",
            "there is no endpoint api",
        ),
    ],
)
def test_a_reference_to_what_is_not_there_is_an_error(section: str, path: str, message: str) -> None:
    """Each would be found out at the first request, or never."""
    assert [f"4: {path}: {message}"] == errors(plus(section))


TARGET = "name: {}, description: d, endpoint: {{name: api, path: {}}}"


@pytest.mark.parametrize(
    ("targets", "path", "message"),
    [
        (
            [TARGET.format("a", "/"), TARGET.format("a", "/")],
            "prompt_targets[1].name",
            "a is another target's name",
        ),
        (
            [TARGET.format("a", "/") + ", default: true", TARGET.format("b", "/") + ", default: true"],
            "prompt_targets[1].default",
            "only one target can be the default",
        ),
        (
            [TARGET.format("a", "'/{city}/{x}'") + ", parameters: [{name: city, description: d, type: str}]"],
            "prompt_targets[0].endpoint.path",
            "there is no parameter x (there is city)",
        ),
        (
            ["name: a, description: d, endpoint: {name: apj, path: /}"],
            "prompt_targets[0].endpoint.name",
            "there is no endpoint apj (did you mean api?)",
        ),
    ],
)
def test_an_error_of_a_prompt_target(targets: list[str], path: str, message: str) -> None:
    """What would make every call fail."""
    entries = ", ".join(f"{{{target}}}" for target in targets)
    text = plus(f"endpoints: {{api: {{endpoint: 'x:80'}}}}\nprompt_targets: [{entries}]")

    assert [f"5: {path}: {message}"] == errors(text)


@pytest.mark.parametrize(
    "section",
    [
        "ratelimits: [{model: openai/gpt-4o, selector: {key: k, value: '*'}, limit: {tokens: 1, unit: day}}]",
        "ratelimits: [{model: gpt-4o, selector: {key: k}, limit: {requests: 1, unit: second}}]",
        f"{COST}\nrouting: {{routing_budget: {{max_switch_spend_pct: 0}}}}",
        "routing: {session_cache: {type: redis, url: redis://x}}",
        "prompt_targets: []",
        (
            "endpoints: {api: {endpoint: x}}\nprompt_targets: [{name: a, description: d, endpoint: {name:"
            " api, path: /}, parameters: [{name: n, description: d, type: int, default: 3, enum: [1]}]}]"
        ),
    ],
)
def test_references_that_are_right(section: str) -> None:
    """Defaults of a parameter may be numbers: Plano's runtime fell over them."""
    assert load(plus(section))


def test_a_rate_limit_may_name_an_alias() -> None:
    """It is a name that requests use."""
    assert load(
        plus(
            "model_aliases: {fast: {target: gpt-4o}}\n"
            "ratelimits: [{model: fast, selector: {key: k}, limit: {tokens: 1, unit: day}}]"
        )
    )
