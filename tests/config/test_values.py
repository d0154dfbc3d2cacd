"""Keys and values by themselves: what is written wrongly is said in one sentence, with its line."""

import pytest

from tests.config.reading import PLAIN, PROVIDER, errors, load, plus, with_listeners, with_providers

SET_IT = "(export it, or set it in .env)"
DURATION = "must be a duration (such as 30s, 1.5s, 500ms or 5m)"
ADDRESS = "must be an IP address (127.0.0.1 for this machine alone, 0.0.0.0 for every network)"
MODEL = "must be written <provider>/<model> or <provider>/* (such as openai/gpt-4o or openai/*)"
VERSIONS = "v0.1, v0.1.0, 0.1-beta, 0.2.0, v0.3.0 or v0.4.0"
FILTER_TYPES = (
    "http, mcp, python, client_keys, jailbreak, json_schema, memory, moderation, pii, system_prompt "
    "or token_limit"
)


@pytest.mark.parametrize(
    ("section", "path", "message"),
    [
        ("agents: text", "agents", "must be a list"),
        ("agents:", "agents", "has no value (give it one, or remove the key)"),
        ("agents: [text]", "agents[0]", "must be a mapping (key: value lines)"),
        ("agents: [{url: http://x}]", "agents[0].id", "is required"),
        ("agents: [{id: 7, url: http://x}]", "agents[0].id", "must be text (put it in quotes)"),
        ("agents: [{id: '', url: http://x}]", "agents[0].id", "must not be empty"),
        (
            'agents: [{id: "a\\nb", url: http://x}]',
            "agents[0].id",
            "must not hold line breaks or control characters",
        ),
        (
            f"agents: [{{id: {'x' * 257}, url: http://x}}]",
            "agents[0].id",
            "must not be longer than 256 characters",
        ),
        ("agents: [{id: a, url: localhost}]", "agents[0].url", "must start with http:// or https://"),
        ("overrides: {disable_signals: 1}", "overrides.disable_signals", "must be true or false"),
        ("overrides: {disable_signals: 'yes'}", "overrides.disable_signals", "must be true or false"),
        ("overrides: {upstream_connect_timeout: 5}", "overrides.upstream_connect_timeout", DURATION),
        (
            "overrides: {upstream_connect_timeout: 0s}",
            "overrides.upstream_connect_timeout",
            "must be at least 1ms",
        ),
        ("overrides: {fallback: always}", "overrides.fallback", "must be auto or false"),
        (
            "model_aliases: {fast: gpt-4o}",
            "model_aliases.fast",
            "must be a mapping (target: MODEL)",
        ),
        (
            "routing: {session_cache: {tenant_header: 'a b'}}",
            "routing.session_cache.tenant_header",
            "must be the name of a header",
        ),
        ("mode: chat", "mode", "must be llm or prompt"),
        ("tracing: {random_sampling: 101}", "tracing.random_sampling", "must be at most 100"),
        ("tracing: {random_sampling: 1.5}", "tracing.random_sampling", "must be a whole number"),
        ("tracing: {exporters: [{type: posthog, api_key: k}]}", "tracing.exporters[0].url", "is required"),
        (
            "tracing: {opentracing_grpc_endpoint: https://x}",
            "tracing.opentracing_grpc_endpoint",
            "must start with http://",
        ),
        (
            "tracing: {opentracing_grpc_endpoint: http://x/v1}",
            "tracing.opentracing_grpc_endpoint",
            "must not have a path",
        ),
        (
            "tracing: {opentracing_grpc_endpoint: x:4317}",
            "tracing.opentracing_grpc_endpoint",
            "must start with http:// or https://",
        ),
        ("routing: {session_max_entries: 10001}", "routing.session_max_entries", "must be at most 10000"),
        ("routing: {session_ttl_seconds: 0}", "routing.session_ttl_seconds", "must be at least 1"),
        ("routing: {routing_budget: {}}", "routing.routing_budget.max_switch_spend_pct", "is required"),
        (
            "routing: {routing_budget: {max_switch_spend_pct: 101}}",
            "routing.routing_budget.max_switch_spend_pct",
            "must be at most 100",
        ),
        (
            "routing: {routing_budget: {max_switch_spend_pct: .nan}}",
            "routing.routing_budget.max_switch_spend_pct",
            "must be a finite number",
        ),
        ("prompt_caching: {min_prefix_tokens: 0}", "prompt_caching.min_prefix_tokens", "must be at least 1"),
        ("state_storage: {type: mysql}", "state_storage", "must be one of memory, sqlite, redis, postgres"),
        (
            "state_storage: {type: postgre}",
            "state_storage",
            "must be one of memory, sqlite, redis, postgres (did you mean postgres?)",
        ),
        ("state_storage: {}", "state_storage", "needs the key type"),
        ("state_storage: {type: postgres}", "state_storage.connection_string", "is required"),
        ("state_storage: {type: redis}", "state_storage.url", "is required"),
        ("state_storage: {type: sqlite}", "state_storage.path", "is required"),
        ("state_storage: {type: memory, path: x}", "state_storage.path", "unknown key (did you mean path?)"),
        (
            "model_metrics_sources: [{type: cost, provider: openai}]",
            "model_metrics_sources[0].provider",
            "must be digitalocean or models.dev",
        ),
        (
            "model_metrics_sources: [{type: latency, provider: prometheus, url: http://x}]",
            "model_metrics_sources[0].query",
            "is required",
        ),
        (
            "routing_preferences: [{name: a, description: b, models: []}]",
            "routing_preferences[0].models",
            "must not be empty",
        ),
        (
            "endpoints: {a-b: {endpoint: x}}",
            "endpoints.a-b",
            "must start with a letter and hold letters, digits and _ alone",
        ),
        ("endpoints: {a: {endpoint: http://x}}", "endpoints.a.endpoint", "must be a host, or host:port"),
        (
            "ratelimits: [{model: gpt-4o, selector: {key: k}, limit: {tokens: 1, unit: week}}]",
            "ratelimits[0].limit.unit",
            "must be second, minute, hour or day",
        ),
        (
            "ratelimits: [{model: gpt-4o, selector: {key: k}, limit: {tokens: 0, unit: day}}]",
            "ratelimits[0].limit.tokens",
            "must be at least 1",
        ),
        ("filters: [{id: a, type: htpp}]", "filters[0].type", f"must be {FILTER_TYPES} (did you mean http?)"),
        (
            (
                "prompt_targets: [{name: a, description: b, parameters: [{name: c, description: d, type: e,"
                " enum: [[]]}]}]"
            ),
            "prompt_targets[0].parameters[0].enum[0]",
            "must be text, a number, true or false",
        ),
    ],
)
def test_a_wrong_value_is_one_sentence(section: str, path: str, message: str) -> None:
    """Path, what must be, and what to do where that is not plain."""
    assert [f"4: {path}: {message}"] == errors(plus(section))


@pytest.mark.parametrize(
    ("listener", "path", "message"),
    [
        ("{type: model}", "listeners[0].name", "is required"),
        ("{name: a}", "listeners[0].type", "is required"),
        (
            "{name: a, type: models}",
            "listeners[0].type",
            "must be model, prompt or agent (did you mean model?)",
        ),
        ("{name: a, type: model, port: 0}", "listeners[0].port", "must be at least 1"),
        ("{name: a, type: model, port: 65536}", "listeners[0].port", "must be at most 65535"),
        ("{name: a, type: model, port: '80'}", "listeners[0].port", "must be a whole number"),
        ("{name: a, type: model, port: 80.5}", "listeners[0].port", "must be a whole number"),
        ("{name: a, type: model, port: true}", "listeners[0].port", "must be a whole number"),
        ("{name: a, type: model, address: everywhere}", "listeners[0].address", ADDRESS),
        ("{name: a, type: model, timeout: soon}", "listeners[0].timeout", DURATION),
        ("{name: a, type: model, timeout: -1s}", "listeners[0].timeout", DURATION),
        ("{name: a, type: model, max_retries: -1}", "listeners[0].max_retries", "must be at least 0"),
        ("{name: a, type: model, max_retries: 101}", "listeners[0].max_retries", "must be at most 100"),
        ("{name: a, type: model, max_body_bytes: 0}", "listeners[0].max_body_bytes", "must be at least 1"),
        (
            "{name: a, type: model, max_body_bytes: 1000000000}",
            "listeners[0].max_body_bytes",
            "must be at most 209715200",
        ),
        (
            "{name: a, type: model, max_body_bytes: 20MiB}",
            "listeners[0].max_body_bytes",
            "must be a whole number",
        ),
        ("{name: a, type: model, tls: {cert: c}}", "listeners[0].tls.key", "is required"),
        (
            "{name: a, type: model, router: best}",
            "listeners[0].router",
            "must be embedded, model, cascade or plano_orchestrator_v1",
        ),
        ("{name: a, type: model, input_filters: guard}", "listeners[0].input_filters", "must be a list"),
    ],
)
def test_a_wrong_value_of_a_listener_is_one_sentence(listener: str, path: str, message: str) -> None:
    """As above."""
    assert [f"4: {path}: {message}"] == errors(with_listeners(f"- {listener}"))


@pytest.mark.parametrize(
    ("provider", "path", "message"),
    [
        ("{access_key: k}", "model_providers[0].model", "is required"),
        ("{model: gpt-4o}", "model_providers[0].model", MODEL),
        (
            "{model: openai/x, access_key: 12345}",
            "model_providers[0].access_key",
            "must be text (put it in quotes)",
        ),
        (
            "{model: openai/x, access_key: k, base_url: example.com}",
            "model_providers[0].base_url",
            "must start with http:// or https://",
        ),
        (
            "{model: openai/x, access_key: k, base_url: 'http://u:hunter2@x'}",
            "model_providers[0].base_url",
            "must not hold a user name or password",
        ),
        (
            "{model: openai/x, access_key: k, base_url: 'http://x?a=b'}",
            "model_providers[0].base_url",
            "must not have a query or fragment",
        ),
        (
            "{model: openai/x, access_key: k, http_host: 'http://x'}",
            "model_providers[0].http_host",
            "must be a host, or host:port",
        ),
        (
            "{model: openai/x, access_key: k, headers: [a]}",
            "model_providers[0].headers",
            "must be a mapping (key: value lines)",
        ),
        (
            "{model: openai/x, access_key: k, headers: {a: 1}}",
            "model_providers[0].headers.a",
            "must be text (put it in quotes)",
        ),
        (
            "{model: openai/x, access_key: k, retry_policy: {on_status_codes: [99]}}",
            "model_providers[0].retry_policy.on_status_codes[0]",
            "must be at least 100",
        ),
        (
            "{model: openai/x, access_key: k, retry_policy: {on_status_codes: ['429']}}",
            "model_providers[0].retry_policy.on_status_codes[0]",
            "must be a whole number",
        ),
        (
            "{model: openai/x, access_key: k, retry_policy: {on_status_codes: [{codes: [600]}]}}",
            "model_providers[0].retry_policy.on_status_codes[0].codes[0]",
            "must be at most 599",
        ),
    ],
)
def test_a_wrong_value_of_a_provider_is_one_sentence(provider: str, path: str, message: str) -> None:
    """As above."""
    assert [f"4: {path}: {message}"] == errors(with_providers(f"- {provider}"))


@pytest.mark.parametrize(
    ("section", "path", "message"),
    [
        ("overides: {}", "overides", "unknown key (did you mean overrides?)"),
        ("frobnicate: {}", "frobnicate", "unknown key"),
        (
            "overrides: {upstream_conect_timeout: 5s}",
            "overrides.upstream_conect_timeout",
            "unknown key (did you mean upstream_connect_timeout?)",
        ),
        (
            "overrides: {orchestrator_model: a/b}",
            "overrides.orchestrator_model",
            "unknown key (the key is called agent_orchestration_model now)",
        ),
        ("agents: [{id: a, ulr: b, url: http://x}]", "agents[0].ulr", "unknown key (did you mean url?)"),
        (
            "model_aliases: {a: {traget: b, target: gpt-4o}}",
            "model_aliases.a.traget",
            "unknown key (did you mean target?)",
        ),
        (
            "state_storage: {type: redis, urls: a, url: b}",
            "state_storage.urls",
            "unknown key (did you mean url?)",
        ),
        (
            "endpoints: {a: {endpoint: b, http-host: c}}",
            "endpoints.a.http-host",
            "unknown key (did you mean http_host?)",
        ),
        (
            "routing: {session_cache: {tenant: x}}",
            "routing.session_cache.tenant",
            "unknown key (did you mean tenant_header?)",
        ),
        (
            "tracing: {exporters: [{type: posthog, url: http://x, api_key: k, apikey: k}]}",
            "tracing.exporters[0].apikey",
            "unknown key (did you mean api_key?)",
        ),
        (
            "prompt_guards: {input_guards: {jailbreak: {on_exception: {message: m, mesage: n}}}}",
            "prompt_guards.input_guards.jailbreak.on_exception.mesage",
            "unknown key (did you mean message?)",
        ),
    ],
)
def test_an_unknown_key_comes_with_a_suggestion(section: str, path: str, message: str) -> None:
    """From the keys that may stand in that place, or from older formats."""
    assert [f"4: {path}: {message}"] == errors(plus(section))


@pytest.mark.parametrize(
    ("value", "message"),
    [("text", "must be a list of listeners"), ("", "has no value (give it one, or remove the key)")],
)
def test_listeners_are_a_list(value: str, message: str) -> None:
    """Or, before v0.3.0, a mapping."""
    assert [f"3: listeners: {message}"] == errors(f"version: v0.4.0\n{PROVIDER}listeners: {value}\n")


def test_an_old_key_of_an_agent_is_named_by_its_new_name() -> None:
    """Plano's own template still used it."""
    text = with_listeners(
        "- {name: a, type: agent, port: 1, agents: [{id: x, description: d, filter_chain: [f]}]}",
        "agents: [{id: x, url: http://x}]",
    )

    message = "4: listeners[0].agents[0].filter_chain: unknown key (the key is called input_filters now)"
    assert [message] == errors(text)


@pytest.mark.parametrize("version", ["v0.1", "v0.1.0", "0.1-beta", "0.2.0", "v0.3.0", "v0.4.0"])
def test_every_version_of_plano_is_read(version: str) -> None:
    """An older one is translated."""
    assert load(PLAIN.replace("v0.4.0", version)).snapshot.providers


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "version: is required (version: v0.4.0 is the current one)"),
        (
            "version: v0.5.0\n",
            f"1: version: must be {VERSIONS} (version: v0.4.0 is the current one)",
        ),
        (
            "version: 0.1\n",
            f"1: version: must be {VERSIONS} (version: v0.4.0 is the current one)",
        ),
    ],
)
def test_another_version_is_refused(line: str, message: str) -> None:
    """The number says which rules hold."""
    assert [message] == errors(PLAIN.replace("version: v0.4.0\n", line))


def test_everything_wrong_is_told_at_once_in_the_order_of_lines() -> None:
    """Syntax of values, unknown keys, double keys, and rules between values, each in its line."""
    text = """\
        version: v0.4.0
        listeners:
          - name: llm
            type: model
            adress: 127.0.0.1
            port: 12000
          - name: llm
            type: model
            port: 12000
            timeout: 30
        model_providers:
          - model: openai/gpt-4o
            access_key: $NONE
            default: true
          - model: openai
          - model: ollama/llama3
            passthrough_auth: true
            default: true
            default: false
        model_aliases:
          fast: {target: gpt-4o, traget: x}
        agents:
          - id: a
            url: http://x
          - id: a
            url: http://y
    """

    assert [
        "5: listeners[0].adress: unknown key (did you mean address?)",
        "10: listeners[1].timeout: must be a duration (such as 30s, 1.5s, 500ms or 5m)",
        f"13: model_providers[0].access_key: environment variable NONE is not set {SET_IT}",
        f"15: model_providers[1].model: {MODEL}",
        "16: model_providers[2].base_url: is required for ollama (say where it is)",
        "18: model_providers[2].default: stands twice, in line 18 and in line 19 (keep one)",
        "18: model_providers[2].default: only one provider can be the default (see line 14)",
        "21: model_aliases.fast.traget: unknown key (did you mean target?)",
        "25: agents[1].id: a is the id of another agent or filter (see line 23)",
    ] == errors(text)


def test_what_a_wrong_entry_would_have_defined_is_not_missed() -> None:
    """Rules that search a section with a wrong entry would report what is not so."""
    text = (
        with_providers("- {model: openai/gpt-4o, access_key: k, default: 1}")
        + "model_aliases: {a: {target: gpt-4o}}\n"
    )

    assert ["4: model_providers[0].default: must be true or false"] == errors(text)


def test_no_listener_is_added_beside_a_wrong_one() -> None:
    """It might have been the model listener; the added one would claim its port."""
    text = with_listeners(
        "- {name: a, type: model, port: 1, timeout: 3}\n- {name: b, type: prompt, port: 12000}"
    )

    assert [f"4: listeners[0].timeout: {DURATION}"] == errors(text)
