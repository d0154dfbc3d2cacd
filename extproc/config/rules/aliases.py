"""Rules for ``model_aliases``."""

from typing import Final

from extproc.config.problems import Report
from extproc.config.rules.known import Models
from extproc.config.view import View


def targets_exist(view: View, report: Report) -> None:
    """An alias is one step: its target is a model, not another alias."""
    if not view.sound("model_providers", "llm_providers"):
        return
    models = Models(view)
    for alias, entry in view.config.model_aliases.items():
        path = ("model_aliases", alias, "target")
        if entry.target in models:
            continue
        if entry.target in view.config.model_aliases:
            report.error(path, f"{entry.target} is an alias itself", "name the model")
        else:
            report.error(path, f"no provider offers {entry.target}", models.nearest(entry.target))


def aliases_hide_no_model(view: View, report: Report) -> None:
    """An alias is looked up first, so one that is called like a model takes its place."""
    models = Models(view)
    for alias in view.config.model_aliases:
        if alias in models.written:
            report.warn(("model_aliases", alias), "is also the name of a configured model")


RULES: Final = (targets_exist, aliases_hide_no_model)
