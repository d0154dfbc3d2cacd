"""How a model or an agent is chosen, and what a choice is remembered for."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, SecretStr

from extproc.config.models.fields import (
    WHOLE,
    Flag,
    HeaderName,
    HttpUrl,
    Location,
    Name,
    Percent,
    Positive,
    PositiveDuration,
    Prose,
    Section,
    Share,
    Text,
    invalid,
)
from extproc.limits import CONNECT_TIMEOUT_S, ROUTER_MODEL_S, ROUTER_MODEL_S_MAX


def _router_timeout(value: float) -> float:
    if value > ROUTER_MODEL_S_MAX:
        raise invalid(f"must be at most {ROUTER_MODEL_S_MAX:g}s")
    return value


class AliasConfig(Section):
    """Another name for a model."""

    target: Name
    """A configured model: `openai/gpt-4o`, `gpt-4o`, or any model of a provider that has `*`."""


class OverridesConfig(Section):
    """Settings of the whole gateway."""

    prompt_target_intent_matching_threshold: Share | None = None
    """Without effect, as in Plano."""
    optimize_context_window: Flag | None = None
    """Without effect, as in Plano."""
    use_agent_orchestrator: Flag | None = None
    """Without effect, as in Plano: an agent listener chooses among its agents."""
    disable_signals: Flag = False
    """Do not look for signals (frustration, repetition …) in conversations."""
    upstream_connect_timeout: PositiveDuration = CONNECT_TIMEOUT_S
    """Longest it may take to connect to a provider."""
    upstream_tls_ca_path: Text | None = None
    """File with the CAs that providers' certificates are checked against."""
    llm_routing_model: Name | None = None
    """The model that chooses among `routing_preferences`, by default `agent_orchestration_model`."""
    agent_orchestration_model: Name | None = None
    """The model that chooses among agents, by default `llm_routing_model`."""
    orchestrator_model_context_length: Positive = 8192
    """Tokens of a conversation that such a model is shown."""
    router_timeout: Annotated[PositiveDuration, AfterValidator(_router_timeout)] = ROUTER_MODEL_S
    """Longest such a model may take; after that the embedded router's choice holds."""
    router_languages: Literal["english", "multilingual"] = "english"
    """What the embedded router understands."""
    fallback: Literal["auto", False] | None = None
    """`auto`: a request that fails is tried at the other providers of the same model, then at the others."""


class PromptCachingConfig(Section):
    """Makes good use of providers' prompt caches."""

    enabled: Flag = False
    """Nothing below counts without it."""
    session_affinity: Flag = True
    """Keep a conversation at the model that has it cached."""
    inject_cache_control: Flag = True
    """Mark what is worth caching where the provider wants marks."""
    min_prefix_tokens: Positive = 1024
    """Shortest prompt that is marked."""
    session_ttl_seconds: Positive | None = None
    """How long a conversation stays bound."""


class SessionCacheConfig(Section):
    """Where bindings of conversations to models are kept."""

    type: Literal["memory", "redis", "sqlite", "postgres"] = "memory"
    """`memory` is lost at a restart; `redis` and `postgres` are shared by several gateways."""
    url: SecretStr | None = None
    """For `redis`."""
    path: Text | None = None
    """For `sqlite`."""
    connection_string: SecretStr | None = None
    """For `postgres`."""
    tenant_header: HeaderName | None = None
    """Request header that names the tenant; tenants never share a binding."""


class RoutingBudgetConfig(Section):
    """Limits what leaving a warm prompt cache may cost."""

    max_switch_spend_pct: Percent
    """Share of a conversation's cost, in percent, that switches of the model may add."""
    replenish_on_rebind: Flag = True
    """Whether a conversation that went cold starts with a new budget."""
    cache_read_discount: Share = 0.1
    """Price of a cached token as a share of the input price, where the price list has none."""
    record_counterfactual: Flag = False
    """Note in the trace which model would have been chosen."""


class RoutingConfig(Section):
    """How choices last."""

    llm_provider: Name | None = None
    """Without effect, as in Plano."""
    model: Name | None = None
    """Without effect, as in Plano."""
    session_ttl_seconds: Positive = 600
    """How long a conversation stays with its model after its last request."""
    session_max_entries: Annotated[int, Field(ge=1, le=10_000), WHOLE] = 10_000
    """Conversations remembered, in `memory` and `sqlite`."""
    session_cache: SessionCacheConfig = SessionCacheConfig()
    """Where they are remembered."""
    routing_budget: RoutingBudgetConfig | None = None
    """Limits what changing the model may cost; by prices (`model_metrics_sources`)."""
    route_on_user_only: Flag = False
    """Choose anew only when a person has spoken, not on tool results."""


class SelectionPolicyConfig(Section):
    """The order of a preference's models."""

    prefer: Literal["cheapest", "fastest", "none"]
    """By price, by latency, or as listed."""


class PreferenceConfig(Section):
    """A kind of task and the models that are good at it."""

    name: Name
    """Unique."""
    description: Prose
    """The kind of task, in plain words."""
    models: Annotated[list[Name], Field(min_length=1)]
    """Configured models, the best first."""
    selection_policy: SelectionPolicyConfig | None = None
    """What decides their order; absent: as listed."""


class CostSourceConfig(Section):
    """A price list."""

    type: Literal["cost"]
    """What the source tells."""
    provider: Literal["digitalocean", "models.dev"]
    """Format of the list."""
    url: Location | None = None
    """Where it is: an http(s) URL, or a file (`file:PATH` or the path); by default the public address."""
    refresh_interval: Positive | None = None
    """Seconds between reads; absent: read once."""
    model_aliases: dict[str, Name] = {}
    """Names in the list → names of configured models."""


class LatencySourceConfig(Section):
    """Measured latencies."""

    type: Literal["latency"]
    """What the source tells."""
    provider: Literal["prometheus"]
    """Where it comes from."""
    url: HttpUrl
    """Prometheus's address."""
    query: Prose
    """PromQL whose result is labelled `model_name`."""
    refresh_interval: Positive | None = None
    """Seconds between queries; absent: asked once."""


MetricsSource = Annotated[CostSourceConfig | LatencySourceConfig, Discriminator("type")]


class LimitSelectorConfig(Section):
    """Whose requests a limit counts."""

    key: HeaderName
    """Request header."""
    value: Name | None = None
    """The header's value; absent or `*`: each value has a limit of its own."""


class LimitConfig(Section):
    """How much is allowed."""

    tokens: Positive | None = None
    """Tokens a unit of time."""
    requests: Positive | None = None
    """Requests a unit of time."""
    unit: Literal["second", "minute", "hour", "day"]
    """The unit of time."""


class RateLimitConfig(Section):
    """A limit for one model and some callers."""

    model: Name
    """A configured model or alias."""
    selector: LimitSelectorConfig
    """Whose requests are counted."""
    limit: LimitConfig
    """How much they may use."""
