"""Rules for providers' ``retry_policy``."""

from typing import Final

from extproc.config.problems import Report
from extproc.config.rules.known import Models
from extproc.config.view import View
from extproc.limits import ATTEMPTS_MAX


def fallback_models_exist(view: View, report: Report) -> None:
    """They are names as a client may send them, aliases too."""
    if not view.sound("model_providers", "llm_providers"):
        return
    models = Models(view)
    for item in view.providers:
        policy = item.value.retry_policy
        for index, name in enumerate(policy.fallback_models if policy else ()):
            if name not in models and name not in view.config.model_aliases:
                path = (*item.path, "retry_policy", "fallback_models", index)
                report.error(path, f"no provider offers {name}", models.nearest(name))


def not_too_many(view: View, report: Report) -> None:
    """What lies beyond the last attempt is never tried."""
    for item in view.providers:
        policy = item.value.retry_policy
        if policy and len(policy.fallback_models) >= ATTEMPTS_MAX:
            path = (*item.path, "retry_policy", "fallback_models")
            report.warn(path, f"more than can be tried: {ATTEMPTS_MAX} attempts is the most for one request")


RULES: Final = (fallback_models_exist, not_too_many)
