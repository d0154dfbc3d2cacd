"""Rules for prices, latencies and what is decided by them, and for the session cache."""

from typing import Final

from extproc.config.models.routing import CostSourceConfig
from extproc.config.preferences import effective
from extproc.config.problems import Report
from extproc.config.rules.known import Models
from extproc.config.view import View

_NEEDS: Final = {"redis": "url", "sqlite": "path", "postgres": "connection_string"}

_SHIPPED_PRICES: Final = "reckons with the prices that came with this version"
_ADD_COST: Final = "a source of type cost in model_metrics_sources has those of today"


def one_of_each(view: View, report: Report) -> None:
    """Two price lists would disagree."""
    seen: set[str] = set()
    for item in view.metrics_sources:
        if item.value.type in seen:
            report.error(item.path, f"there can be one source of type {item.value.type}")
        seen.add(item.value.type)


def decided_by_data(view: View, report: Report) -> None:
    """The fastest can only be told where latencies are; without prices, those of this version must do."""
    if not view.sound("model_metrics_sources"):
        return
    sources = {item.value.type for item in view.metrics_sources}
    for item in effective(view):
        policy = item.value.selection_policy
        prefer = policy.prefer if policy else None
        path = (*item.path, "selection_policy", "prefer")
        if prefer == "fastest" and "latency" not in sources:
            report.error(path, "needs a source of type latency", "add it to model_metrics_sources")
        if prefer == "cheapest" and "cost" not in sources:
            report.warn(path, _SHIPPED_PRICES, _ADD_COST)
    if view.config.routing.routing_budget is not None and "cost" not in sources:
        report.warn(("routing", "routing_budget"), _SHIPPED_PRICES, _ADD_COST)


def aliases_exist(view: View, report: Report) -> None:
    """A price for a model that nobody asks for is a price that is missing elsewhere."""
    if not view.sound("model_providers", "llm_providers"):
        return
    models = Models(view)
    for item in view.metrics_sources:
        if not isinstance(item.value, CostSourceConfig):
            continue
        for alias, model in item.value.model_aliases.items():
            if model not in models:
                path = (*item.path, "model_aliases", alias)
                report.warn(path, f"no provider offers {model}", models.nearest(model))


def session_cache(view: View, report: Report) -> None:
    """A store outside the process must be said to be somewhere."""
    cache = view.config.routing.session_cache
    key = _NEEDS.get(cache.type)
    if key is not None and getattr(cache, key) is None:
        report.error(("routing", "session_cache", key), f"is required for the type {cache.type}")


RULES: Final = (one_of_each, decided_by_data, aliases_exist, session_cache)
