"""Rules for routing preferences, at the top level and, before v0.4.0, beside a provider."""

from typing import Final

from extproc.config.model_name import parse
from extproc.config.preferences import effective
from extproc.config.problems import KeyPath, Report
from extproc.config.rules.known import Models
from extproc.config.view import View


def unique(view: View, report: Report) -> None:
    """A route is found again by its name."""
    seen: dict[str, KeyPath] = {}
    for item in view.preferences:
        path = (*item.path, "name")
        if item.value.name in seen:
            line = report.line(seen[item.value.name])
            report.error(path, f"{item.value.name} is another preference's name", f"see line {line}")
        seen.setdefault(item.value.name, path)


def models_exist(view: View, report: Report) -> None:
    """Models that are configured, by whatever name, wildcards included."""
    if not view.sound("model_providers", "llm_providers"):
        return
    models = Models(view)
    for item in view.preferences:
        for index, model in enumerate(item.value.models):
            if model not in models:
                path = (*item.path, "models", index)
                report.error(path, f"no provider offers {model}", models.nearest(model))


def inline_form(view: View, report: Report) -> None:
    """The form before v0.4.0: what is not taken over as it is written."""
    descriptions = {item.value.name: item.value.description for item in effective(view)}
    for provider in view.providers:
        path = (*provider.path, "routing_preferences")
        if provider.value.routing_preferences and not view.outdated:
            hint = "move them to the top-level routing_preferences"
            report.warn(path, "are ignored from v0.4.0 on", hint)
            continue
        if provider.value.routing_preferences and parse(provider.value.model).wildcard:
            report.error(path, "need one model, not *", "name the model, or use the top-level form")
        for index, inline in enumerate(provider.value.routing_preferences):
            if inline.description != descriptions[inline.name]:
                path_of_it = (*path, index, "description")
                report.warn(path_of_it, f"does not count: {inline.name} is described elsewhere first")


RULES: Final = (unique, models_exist, inline_form)
