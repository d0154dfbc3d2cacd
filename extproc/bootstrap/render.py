"""The whole static bootstrap of Envoy for one snapshot.

Three groups, each from its own pure function: listeners, route configurations, clusters. A listener takes
nothing from a config that its routes or the clusters could hold.
"""

from typing import Any

from envoy_data_plane.envoy.config.bootstrap.v3 import Bootstrap, BootstrapStaticResources
from envoy_data_plane.envoy.config.cluster.v3 import Cluster
from envoy_data_plane.envoy.config.listener.v3 import Listener as EnvoyListener
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration

from extproc.bootstrap import process
from extproc.bootstrap.agents import agent_clusters, shown_headers
from extproc.bootstrap.clusters import nowhere, provider_cluster
from extproc.bootstrap.extproc_cluster import extproc_cluster
from extproc.bootstrap.injection import upstreams
from extproc.bootstrap.listeners import envoy_listener
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.outbound import outbound_listener
from extproc.bootstrap.ranked_routes import ranked_routes, with_order
from extproc.bootstrap.routes import route_configuration
from extproc.bootstrap.state_log import state_cluster
from extproc.bootstrap.twins import clusters_of_attempts
from extproc.bootstrap.typed import to_json
from extproc.config.snapshot import Listener, Snapshot

__all__ = ["RenderOptions", "render"]


def render(snapshot: Snapshot, options: RenderOptions) -> dict[str, Any]:
    """The bootstrap as JSON-able values. It names secret files and never holds a secret."""
    bootstrap = to_json(
        Bootstrap(
            node=process.node(options.node_id),
            admin=process.admin(options.admin_port),
            overload_manager=process.overload_manager(),
            static_resources=BootstrapStaticResources(
                listeners=listeners(snapshot, options), clusters=clusters(snapshot, options)
            ),
        )
    )
    return with_order(bootstrap)


def listeners(snapshot: Snapshot, options: RenderOptions) -> list[EnvoyListener]:
    """Those for clients, each with its routes inside, then the workers' own."""
    routes = route_configurations(snapshot)
    for_clients = [
        envoy_listener(listener, routes[listener.name], options, shown_headers(listener, snapshot))
        for listener in _served(snapshot)
    ]
    return [*for_clients, *outbound_listener(options)]


def route_configurations(snapshot: Snapshot) -> dict[str, RouteConfiguration]:
    """Route configurations by the name of their listener."""
    policies = snapshot.retry_policies if snapshot.retries_elsewhere else ()
    return {
        listener.name: route_configuration(listener, ranked_routes(listener, policies))
        for listener in _served(snapshot)
    }


def clusters(snapshot: Snapshot, options: RenderOptions) -> list[Cluster]:
    """Providers and agents in the config's order, then ours."""
    providers = [provider_cluster(upstream, snapshot, options) for upstream in upstreams(snapshot)]
    agents = agent_clusters(snapshot)
    attempts = clusters_of_attempts(snapshot, options)
    ours = [extproc_cluster(options.extproc_sockets), *state_cluster(options), nowhere()]
    return [*providers, *attempts, *agents, *ours]


def _served(snapshot: Snapshot) -> list[Listener]:
    return [listener for listener in snapshot.listeners if listener.served]
