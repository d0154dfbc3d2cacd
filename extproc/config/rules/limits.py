"""Rules for ``ratelimits``."""

from typing import Final

from extproc.config.problems import Report
from extproc.config.rules.known import Models
from extproc.config.view import View


def something_is_limited(view: View, report: Report) -> None:
    """Tokens, requests, or both."""
    for item in view.rate_limits:
        if item.value.limit.tokens is None and item.value.limit.requests is None:
            report.error((*item.path, "limit"), "needs tokens or requests")


def models_exist(view: View, report: Report) -> None:
    """A limit for a model that nobody can ask for protects nothing."""
    if not view.sound("model_providers", "llm_providers", "model_aliases"):
        return
    models = Models(view)
    for item in view.rate_limits:
        model = item.value.model
        if model not in view.config.model_aliases and model not in models:
            report.error((*item.path, "model"), f"no provider offers {model}", models.nearest(model))


def unique(view: View, report: Report) -> None:
    """Plano skips the second limit for one model and selector in silence."""
    seen: set[tuple[str, str, str | None]] = set()
    for item in view.rate_limits:
        key = (item.value.model, item.value.selector.key.lower(), item.value.selector.value)
        if key in seen:
            report.error(item.path, "has the model and selector of another limit")
        seen.add(key)


RULES: Final = (something_is_limited, models_exist, unique)
