"""Configs as Plano's users have them."""

from pathlib import Path

import pytest

from tests.config.reading import load, warnings

TRAVEL = """\
version: v0.3.0
agents:
  - id: weather_agent
    url: http://localhost:10510
  - id: flight_agent
    url: http://localhost:10520
model_providers:
  - model: openai/gpt-4o
    access_key: $OPENAI_API_KEY
    default: true
  - model: anthropic/claude-3-5-sonnet
    access_key: $ANTHROPIC_API_KEY
listeners:
  - type: agent
    name: travel_assistant
    port: 8001
    router: plano_orchestrator_v1
    agents:
      - id: weather_agent
        description: "Gets real-time weather and forecasts..."
      - id: flight_agent
        description: "Searches flights between airports..."
tracing:
  random_sampling: 100
"""
"""Runs as it is, with the model listener on 12000 that is added by itself."""


def test_the_travel_agents_are_read_as_they_are() -> None:
    """Two agents, two models, the model listener beside the agents'."""
    snapshot = load(TRAVEL).snapshot

    assert [("travel_assistant", 8001), ("egress_traffic", 12000)] == [
        (listener.name, listener.port) for listener in snapshot.listeners
    ]
    assert ["weather_agent", "flight_agent"] == [agent.id for agent in snapshot.listeners[0].agents]
    assert ["openai/gpt-4o", "anthropic/claude-3-5-sonnet"] == [item.name for item in snapshot.providers]


def test_the_travel_agents_come_with_what_is_to_know() -> None:
    """That both listeners are open, and that there are no traces yet."""
    found = [
        (warning.partition(":")[0], warning.partition(": ")[2].partition(":")[0])
        for warning in warnings(TRAVEL)
    ]

    assert [("13", "listeners"), ("14", "listeners[0].address"), ("23", "tracing")] == found


def test_without_a_router_model_planos_router_is_the_embedded_one() -> None:
    """With one it is that model."""
    with_model = TRAVEL + "overrides: {agent_orchestration_model: openai/gpt-4o}\n"

    assert ["embedded", "model"] == [load(text).snapshot.listeners[0].router for text in (TRAVEL, with_model)]


def test_the_travel_agents_are_an_example() -> None:
    """Word for word, below a line that says what it is."""
    example = Path(__file__).parents[2] / "config" / "examples" / "plano-agents-v0.3.yaml"

    assert TRAVEL == example.read_text(encoding="utf-8").partition("\n")[2]


RETRIES = """\
version: v0.3.0
listeners: [{type: model, name: m, port: 12000}]
model_providers:
  - model: openai/gpt-4o
    base_url: http://host.docker.internal:${PORT}
    access_key: test-key
    default: true
    retry_policy:
      fallback_models: [anthropic/claude-3-5-sonnet]
      default_strategy: "different_provider"
      default_max_attempts: 2
      on_status_codes:
        - codes: [429, 503]
          strategy: "same_model"
          max_attempts: 2
        - 500
      on_timeout: {strategy: different_provider, max_attempts: 2}
      on_high_latency: {threshold_ms: 1000, measure: total, scope: model, apply_to: global}
      retry_after_handling: {scope: model, apply_to: request, max_retry_after_seconds: 300}
      backoff: {apply_to: same_model, base_ms: 500, max_ms: 5000, jitter: false}
  - model: anthropic/claude-3-5-sonnet
    access_key: test-key
"""

OLDEST = """\
version: 0.1-beta
listeners:
  ingress_traffic:
    address: 0.0.0.0
    port: 10000
    message_format: openai
    timeout: 5s
llm_providers:
  - name: OpenAI
    access_key: $OPENAI_API_KEY
    model: openai/gpt-4o
    default: true
system_prompt: |
  You are a helpful assistant.
prompt_targets:
  - name: get_current_weather
    description: Get current weather at a location.
    parameters:
      - {name: location, description: The location, required: true, type: string, format: "City, State"}
      - {name: days, description: the number of days, required: true, type: int, default: 7}
    endpoint: {name: weather, path: /weather, http_method: POST}
  - name: fallback
    default: true
    description: For prompts that fit nothing else.
    auto_llm_dispatch_on_response: false
    endpoint: {name: weather, path: /default}
endpoints:
  weather: {endpoint: "host.docker.internal:18083", connect_timeout: 0.005s}
overrides: {prompt_target_intent_matching_threshold: 0.6, optimize_context_window: true}
tracing: {random_sampling: 100, trace_arch_internal: true}
mode: prompt
"""

EVERYTHING_ELSE = """\
version: v0.4.0
filters: [{id: guard, url: "http://localhost:10500", type: mcp, transport: streamable-http, tool: guard}]
listeners:
  - type: model
    name: llm
    port: 12000
    timeout: 30s
    max_retries: 3
    input_filters: [guard]
    output_filters: [guard]
model_providers:
  - {model: openai/*, access_key: $OPENAI_API_KEY}
  - {model: together_ai/meta-llama/Llama-3-8b, access_key: k}
  - {model: own/gpt, base_url: "https://llm.example.com", provider_interface: openai, passthrough_auth: true}
routing_preferences:
  - {name: code, description: code, models: [openai/gpt-4o], selection_policy: {prefer: none}}
overrides:
  use_agent_orchestrator: false
  llm_routing_model: Plano-Orchestrator
  agent_orchestration_model: Plano-Orchestrator
  orchestrator_model_context_length: 8192
  disable_signals: true
routing: {session_cache: {type: redis, url: "redis://localhost:6379", tenant_header: x-org}, model: x}
prompt_caching: {enabled: true, session_affinity: false, inject_cache_control: true}
ratelimits:
  - {model: openai/gpt-4o, selector: {key: x-user-id, value: "*"}, limit: {tokens: 100000, unit: hour}}
tracing:
  random_sampling: 100
  opentracing_grpc_endpoint: http://localhost:4317
  span_attributes: {header_prefixes: [x-user-], static: {environment: production, service.team: platform}}
  exporters: [{type: posthog, url: "https://app.posthog.com", api_key: phc, capture_messages: true}]
state_storage: {type: postgres, connection_string: "postgresql://u:$OPENAI_API_KEY@localhost:5432/plano"}
"""


@pytest.mark.parametrize("text", [RETRIES, OLDEST, EVERYTHING_ELSE])
def test_what_plano_reads_is_read(text: str) -> None:
    """Every key of its format, and those of its proposal for retries."""
    assert load(text, {"OPENAI_API_KEY": "k", "PORT": "8080"}).snapshot.providers


def test_what_cannot_be_had_of_the_proposal_for_retries_is_named() -> None:
    """A strategy a status, waits without jitter, latency."""
    text = RETRIES.replace("${PORT}", "80")

    assert [
        "retry_policy.on_status_codes[0].strategy",
        "retry_policy.on_status_codes[0].max_attempts",
        "retry_policy.on_timeout",
        "retry_policy.on_high_latency",
        "retry_policy.retry_after_handling",
        "retry_policy.backoff.apply_to",
        "retry_policy.backoff.jitter",
    ] == [
        warning.partition("model_providers[0].")[2].partition(":")[0]
        for warning in warnings(text)
        if "retry_policy" in warning
    ]
