"""Rules for ``agents`` and ``filters``."""

import re
from typing import Final

from extproc.config import urls
from extproc.config.problems import KeyPath, Report
from extproc.config.view import View


def unique(view: View, report: Report) -> None:
    """Agents and filters share one set of ids: either may stand in a list of filters."""
    ids = [(item.value.id, (*item.path, "id")) for item in view.agents]
    ids += [(item.value.id, (*item.path, "id")) for item in view.filters]
    seen: dict[str, KeyPath] = {}
    for id_, path in ids:
        if id_ in seen:
            line = report.line(seen[id_])
            report.error(path, f"{id_} is the id of another agent or filter", f"see line {line}")
        seen.setdefault(id_, path)


def replicas_alike(view: View, report: Report) -> None:
    """One cluster has one way of TLS, and a request one path, whichever replica it goes to."""
    for item in view.agents:
        first = urls.parse(item.value.url)
        for index, replica in enumerate(item.value.replicas):
            url = urls.parse(replica)
            if (url.scheme, url.path) != (first.scheme, first.path):
                path = (*item.path, "replicas", index)
                report.error(path, "must have the scheme and path of url", f"{first.scheme}://…{first.path}")


def filters_complete(view: View, report: Report) -> None:
    """What a filter of its type needs to be called."""
    for item in view.filters:
        kind = item.value.type
        if kind in ("http", "mcp"):
            if item.value.url is None:
                report.error((*item.path, "url"), f"is required for a filter of type {kind}")
        elif item.value.url is not None:
            report.warn((*item.path, "url"), f"has no effect for a filter of type {kind}")
        if kind == "python" and not re.fullmatch(r".+\.py:[A-Za-z_]\w*", item.value.path or ""):
            report.error((*item.path, "path"), "must be file.py:Class for a filter of type python")
        if item.value.tool is not None and kind != "mcp":
            report.warn((*item.path, "tool"), f"has no effect for a filter of type {kind}")


RULES: Final = (unique, replicas_alike, filters_complete)
