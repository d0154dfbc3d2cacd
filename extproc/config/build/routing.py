"""What is chosen by, and how long a choice lasts: preferences, prices, router models, sessions, caches."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from extproc.config import urls
from extproc.config.models.routing import (
    CostSourceConfig,
    LatencySourceConfig,
    PreferenceConfig,
    PromptCachingConfig,
    RoutingBudgetConfig,
    RoutingConfig,
)
from extproc.config.rules.known import router_models
from extproc.config.snapshot import (
    CostSource,
    LatencySource,
    Preference,
    PromptCaching,
    RouterModels,
    RoutingBudget,
    SessionSettings,
)
from extproc.config.view import View

PRICE_LISTS: Final = MappingProxyType(
    {
        "digitalocean": "https://api.digitalocean.com/v2/gen-ai/models/catalog",
        "models.dev": "https://models.dev/api.json",
    }
)
"""The public address of each format of price list."""


def preference(entry: PreferenceConfig) -> Preference:
    """Without a policy, models are taken as listed."""
    policy = entry.selection_policy
    return Preference(entry.name, entry.description, tuple(entry.models), policy.prefer if policy else "none")


def routers(view: View) -> RouterModels:
    """The models that are asked, as far as somebody offers them."""
    overrides = view.config.overrides
    agents, preferences = router_models(view)
    return RouterModels(
        agents=agents,
        preferences=preferences,
        context_tokens=overrides.orchestrator_model_context_length,
        timeout_s=overrides.router_timeout,
    )


def sessions(routing: RoutingConfig) -> SessionSettings:
    """How long a conversation stays where it is."""
    return SessionSettings(
        ttl_s=float(routing.session_ttl_seconds),
        entries_max=routing.session_max_entries,
        route_on_user_only=routing.route_on_user_only,
        budget=_budget(routing.routing_budget) if routing.routing_budget else None,
    )


def _budget(budget: RoutingBudgetConfig) -> RoutingBudget:
    return RoutingBudget(
        max_switch_spend_pct=budget.max_switch_spend_pct,
        replenish_on_rebind=budget.replenish_on_rebind,
        cache_read_discount=budget.cache_read_discount,
        record_counterfactual=budget.record_counterfactual,
    )


def prompt_caching(caching: PromptCachingConfig) -> PromptCaching | None:
    """``None`` where it is off: nothing else counts then."""
    if not caching.enabled:
        return None
    ttl = caching.session_ttl_seconds
    return PromptCaching(
        session_affinity=caching.session_affinity,
        inject_cache_control=caching.inject_cache_control,
        min_prefix_tokens=caching.min_prefix_tokens,
        session_ttl_s=None if ttl is None else float(ttl),
    )


def metrics_source(
    entry: CostSourceConfig | LatencySourceConfig, directory: Path
) -> CostSource | LatencySource:
    """A relative path starts at `directory`."""
    refresh = None if entry.refresh_interval is None else float(entry.refresh_interval)
    if isinstance(entry, LatencySourceConfig):
        return LatencySource(entry.url, entry.query, refresh)
    location = entry.url or PRICE_LISTS[entry.provider]
    path = urls.file_path(location)
    return CostSource(
        format=entry.provider,
        location=location if path is None else str(directory / path),
        refresh_s=refresh,
        aliases=MappingProxyType(dict(entry.model_aliases)),
    )
