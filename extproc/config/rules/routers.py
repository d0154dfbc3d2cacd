"""Rules for who chooses: the router models of ``overrides``, and each listener's ``router``."""

from typing import Final

from extproc.config.problems import Report
from extproc.config.rules.known import Models, router_model, router_models
from extproc.config.view import View


def models_exist(view: View, report: Report) -> None:
    """Plano has a default one elsewhere; without one that is configured nobody is asked."""
    if not view.sound("model_providers", "llm_providers", "model_aliases", "overrides"):
        return
    for key in ("agent_orchestration_model", "llm_routing_model"):
        written = getattr(view.config.overrides, key)
        if written is not None and router_model(written, view) is None:
            message = f"no provider offers {written}: no model is asked, the embedded router chooses"
            hint = Models(view).nearest(written) or "add it to model_providers"
            report.warn(("overrides", key), message, hint)


def somebody_to_ask(view: View, report: Report) -> None:
    """``router: model`` is a choice against the embedded router, which alone could choose then."""
    if not view.sound("model_providers", "llm_providers", "model_aliases", "overrides"):
        return
    for item in view.listeners:
        if item.value.router == "model" and item.value.type == "agent" and router_models(view)[0] is None:
            hint = "set overrides.agent_orchestration_model, or use cascade"
            report.error((*item.path, "router"), "needs a router model", hint)


RULES: Final = (models_exist, somebody_to_ask)
