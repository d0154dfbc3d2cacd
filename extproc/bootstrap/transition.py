"""From one set of resources to another without a moment at which a request finds something missing.

A decision names clusters and routes. Before the first decision by the new config is made, all that it may
name must be there; and until the last one by the old config is carried out, all that *that* may name.

    before   the new clusters, routes and filters beside the old ones, the old listeners
    after    the same, the new listeners
    last     the new alone

Between `before` and `after` the workers change over. `last` is due when nothing goes by the old config.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from extproc.bootstrap.dynamic import Json, Resources


@dataclass(frozen=True, slots=True)
class Transition:
    """What is to stand in Envoy's files, in this order."""

    before: Resources
    after: Resources
    last: Resources


def transition(now: Resources, wanted: Resources) -> Transition:
    """The way from `now`, which may be the `after` of another transition, to `wanted`."""
    both = Resources(
        clusters={**wanted.clusters, **_left(now.clusters, wanted.clusters)},
        listeners=now.listeners,
        routes={
            **{name: _with_old_routes(now.routes.get(name), new) for name, new in wanted.routes.items()},
            **_left(now.routes, wanted.routes),
        },
        filters={**now.filters, **wanted.filters},
    )
    return Transition(both, replace(both, listeners=wanted.listeners), wanted)


def _left(now: Mapping[str, Json], wanted: Mapping[str, Json]) -> dict[str, Json]:
    return {name: resource for name, resource in now.items() if name not in wanted}


def _with_old_routes(old: Json | None, new: Json) -> Json:
    """The new routes, and before the last one, which takes every request, the old ones of other names."""
    if old is None:
        return new
    (old_host,), (new_host,) = old["virtual_hosts"], new["virtual_hosts"]
    *routes, catch_all = new_host["routes"]
    names = {route["name"] for route in new_host["routes"]}
    left = [route for route in old_host["routes"] if route["name"] not in names]
    return {**new, "virtual_hosts": [{**new_host, "routes": [*routes, *left, catch_all]}]}
