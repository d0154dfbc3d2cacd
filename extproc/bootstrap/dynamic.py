"""The bootstrap in two parts: what is fixed while Envoy runs, and what a new config may change.

    {"static_resources": {listeners, clusters}}  ─▶  the same without them, and
        cds.json                 clusters
        lds.json                 listeners, whose text has nothing in it that can stand elsewhere
        rds-LISTENER.json        the routes of a listener
        ecds-LISTENER-N.json     an HTTP filter of a listener that differs from config to config

Envoy reads a file again when another one is renamed to its name, and leaves a resource alone whose text is
the same. A listener that it cannot leave alone (another port, another certificate) is replaced, and
connections to what it was are drained.
"""

import hashlib
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from extproc.bootstrap.ext_proc import CLUSTER, FILTER
from extproc.bootstrap.outbound import NAME as OUTBOUND
from extproc.bootstrap.routes import NOWHERE
from extproc.bootstrap.state_log import CLUSTER as STATE

Json = dict[str, Any]

FIXED_CLUSTERS: Final = frozenset({CLUSTER, STATE, NOWHERE})
"""Those that are the same for every config; they may be named before any file is read."""
CHANGING_FILTERS: Final = frozenset({FILTER})
"""HTTP filters of listeners whose text depends on more than the listener's name."""

CLUSTERS_FILE: Final = "cds.json"
LISTENERS_FILE: Final = "lds.json"

_NAME_CHARS_MAX: Final = 120
_TYPE: Final = "type.googleapis.com/envoy.config."


@dataclass(frozen=True, slots=True)
class Resources:
    """What stands in the files. Each resource is as Envoy reads it, with its ``@type``."""

    clusters: Mapping[str, Json] = field(default_factory=dict)
    """By name."""
    listeners: Mapping[str, Json] = field(default_factory=dict)
    """By name."""
    routes: Mapping[str, Json] = field(default_factory=dict)
    """By the name of their listener."""
    filters: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    """By the names of their listener and of the filter."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of resources, and Envoy's subscription to it."""

    name: str
    subscription: str
    """What the names of its statistics begin with: ``<subscription>.update_rejected``."""
    resources: tuple[Json, ...]
    listener: str | None = None
    """The listener that it is a part of."""


def divide(bootstrap: Json, directory: str) -> tuple[Json, Resources]:
    """The bootstrap of an Envoy that reads the rest from files in `directory`, and what is to be in them."""
    fixed = deepcopy(bootstrap)
    static = fixed["static_resources"]
    clusters = {cluster["name"]: cluster for cluster in static["clusters"]}
    listeners = {listener["name"]: listener for listener in static["listeners"]}
    static["clusters"] = [cluster for name, cluster in clusters.items() if name in FIXED_CLUSTERS]
    static["listeners"] = [listener for name, listener in listeners.items() if name == OUTBOUND]
    fixed["dynamic_resources"] = {
        "cds_config": _source(directory, CLUSTERS_FILE),
        "lds_config": _source(directory, LISTENERS_FILE),
    }
    routes: dict[str, Json] = {}
    filters: dict[tuple[str, str], Json] = {}
    changing = {name: listener for name, listener in listeners.items() if name != OUTBOUND}
    for name, listener in changing.items():
        routes[name] = _take_routes(listener, directory)
        filters |= _take_filters(listener, directory)
    return fixed, Resources(
        {name: _typed("cluster.v3.Cluster", c) for name, c in clusters.items() if name not in FIXED_CLUSTERS},
        {name: _typed("listener.v3.Listener", listener) for name, listener in changing.items()},
        routes,
        filters,
    )


def files(resources: Resources) -> dict[str, File]:
    """The files by name."""
    made = [
        File(CLUSTERS_FILE, "cluster_manager.cds", tuple(resources.clusters.values())),
        File(LISTENERS_FILE, "listener_manager.lds", tuple(resources.listeners.values())),
    ]
    for listener, routes in resources.routes.items():
        stat = f"http.{_sanitised(listener)}.rds.{_sanitised(routes['name'])}"
        made.append(File(_routes_file(listener), stat, (routes,), listener))
    for (listener, name), config in resources.filters.items():
        stat = f"extension_config_discovery.http_filter.{_sanitised(name)}"
        made.append(File(_filter_file(listener, name), stat, (config,), listener))
    return {file.name: file for file in made}


def _take_routes(listener: Json, directory: str) -> Json:
    """The routes, in whose place stands from where they come."""
    manager = _manager(listener)
    routes = manager.pop("route_config")
    manager["rds"] = {
        "route_config_name": routes["name"],
        "config_source": _source(directory, _routes_file(listener["name"])),
    }
    return _typed("route.v3.RouteConfiguration", routes)


def _take_filters(listener: Json, directory: str) -> dict[tuple[str, str], Json]:
    """The same for the HTTP filters. What turns one on or off stays in the listener."""
    taken = {}
    for http_filter in _manager(listener)["http_filters"]:
        name = http_filter["name"]
        if name in CHANGING_FILTERS:
            config = http_filter.pop("typed_config")
            http_filter["config_discovery"] = {
                "config_source": _source(directory, _filter_file(listener["name"], name)),
                "type_urls": [config["@type"]],
            }
            taken[listener["name"], name] = _typed(
                "core.v3.TypedExtensionConfig", {"name": name, "typed_config": config}
            )
    return taken


def _manager(listener: Json) -> Json:
    """The HTTP connection manager."""
    manager: Json = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return manager


def _source(directory: str, file: str) -> Json:
    """Without a ``watched_directory``, which would have every file read again when one is renamed."""
    return {"path_config_source": {"path": f"{directory}/{file}"}, "resource_api_version": "V3"}


def _typed(kind: str, resource: Json) -> Json:
    return {"@type": f"{_TYPE}{kind}", **resource}


def _routes_file(listener: str) -> str:
    return f"rds-{_file_part(listener)}.json"


def _filter_file(listener: str, name: str) -> str:
    return f"ecds-{_file_part(listener)}-{_digest(name)}.json"


def _file_part(name: str) -> str:
    """A name that any listener's may become: without slashes, and short enough for a file system."""
    quoted = quote(name, safe="")
    return quoted if len(quoted) <= _NAME_CHARS_MAX else f"{quoted[:_NAME_CHARS_MAX]}-{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _sanitised(name: str) -> str:
    """As Envoy writes a name into those of statistics (``Stats::Utility::sanitizeStatsName``)."""
    return re.sub(r"://|:/|:", "_", name)
