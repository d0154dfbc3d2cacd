"""Rules for ``prompt_targets``."""

import re
from typing import Final

from extproc.config.problems import Report
from extproc.config.rules.known import nearest
from extproc.config.view import View


def unique(view: View, report: Report) -> None:
    """A target is a function, and called by its name; one takes what fits no other."""
    seen: set[str] = set()
    default_seen = False
    for item in view.prompt_targets:
        path, target = item.path, item.value
        if target.name in seen:
            report.error((*path, "name"), f"{target.name} is another target's name")
        if target.default and default_seen:
            report.error((*path, "default"), "only one target can be the default")
        seen.add(target.name)
        default_seen = default_seen or target.default


def endpoints_exist(view: View, report: Report) -> None:
    """A target calls something."""
    if not view.sound("endpoints"):
        return
    for item in view.prompt_targets:
        path, target = item.path, item.value
        if target.endpoint is None:
            report.error((*path, "endpoint"), "is required", "say what the target calls")
        elif target.endpoint.name not in view.config.endpoints:
            name = target.endpoint.name
            hint = nearest(name, view.config.endpoints)
            report.error((*path, "endpoint", "name"), f"there is no endpoint {name}", hint)


def path_parameters_exist(view: View, report: Report) -> None:
    """A placeholder in a path that no parameter fills makes every call fail."""
    for item in view.prompt_targets:
        path, target = item.path, item.value
        names = {parameter.name for parameter in target.parameters}
        placeholders = re.findall(r"\{([^{}]*)\}", target.endpoint.path) if target.endpoint else []
        for placeholder in placeholders:
            if placeholder not in names:
                hint = nearest(placeholder, sorted(names))
                report.error((*path, "endpoint", "path"), f"there is no parameter {placeholder}", hint)


RULES: Final = (unique, endpoints_exist, path_parameters_exist)
