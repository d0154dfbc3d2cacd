"""The whole document."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Final, Literal

from extproc.config.models.agents import AgentConfig, FilterConfig
from extproc.config.models.fields import Prose, Section
from extproc.config.models.listeners import Listeners
from extproc.config.models.observability import TracingConfig
from extproc.config.models.prompts import (
    EndpointConfig,
    EndpointName,
    PromptGuardsConfig,
    PromptTargetConfig,
)
from extproc.config.models.providers import ProviderConfig
from extproc.config.models.routing import (
    AliasConfig,
    MetricsSource,
    OverridesConfig,
    PreferenceConfig,
    PromptCachingConfig,
    RateLimitConfig,
    RoutingConfig,
)
from extproc.config.models.state import StateStorage

CURRENT_VERSION: Final = "v0.4.0"


class Config(Section):
    """Configuration of plano-extproc; every configuration of Plano up to v0.4.0 is one."""

    version: Literal["v0.1", "v0.1.0", "0.1-beta", "0.2.0", "v0.3.0", "v0.4.0"]
    """Version of the format: v0.4.0."""
    listeners: Listeners = []
    """Ports that clients call. Without one for models, a default one on port 12000 is added."""
    model_providers: list[ProviderConfig] = []
    """Models, and who serves them."""
    llm_providers: list[ProviderConfig] = []
    """Old name of `model_providers`."""
    model_aliases: dict[str, AliasConfig] = {}
    """Other names for models."""
    agents: list[AgentConfig] = []
    """Agents that listeners of type `agent` may choose."""
    filters: list[FilterConfig] = []
    """Filters that listeners and agents may name."""
    overrides: OverridesConfig = OverridesConfig()
    """Settings of the whole gateway."""
    routing_preferences: list[PreferenceConfig] = []
    """Kinds of tasks and the models that are good at them."""
    routing: RoutingConfig = RoutingConfig()
    """How choices last."""
    model_metrics_sources: list[MetricsSource] = []
    """Prices and latencies; at most one source of each."""
    prompt_caching: PromptCachingConfig = PromptCachingConfig()
    """Makes good use of providers' prompt caches."""
    ratelimits: list[RateLimitConfig] = []
    """Limits by model and caller."""
    endpoints: dict[EndpointName, EndpointConfig] = {}
    """HTTP servers that prompt targets call."""
    prompt_targets: list[PromptTargetConfig] = []
    """Functions that a prompt may call."""
    prompt_guards: PromptGuardsConfig | None = None
    """Guards for all listeners."""
    system_prompt: Prose | None = None
    """System prompt of the prompt listener."""
    tracing: TracingConfig | None = None
    """Traces of requests; absent: none are made."""
    state_storage: StateStorage | None = None
    """Where conversations of the Responses API are kept."""
    mode: Literal["llm", "prompt"] | None = None
    """Without effect, as in Plano."""
