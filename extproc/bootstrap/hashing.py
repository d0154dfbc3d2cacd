"""Clusters of which requests with one hash go to one replica: agents, and providers with ``prefix_affinity``.

The hash is a header that only ext_proc can set. A request without one goes to any replica.
"""

from envoy_data_plane.envoy.config.route.v3 import RouteActionHashPolicy, RouteActionHashPolicyHeader

from extproc import headers
from extproc.config.snapshot import Snapshot, Upstream


def hash_policy() -> list[RouteActionHashPolicy]:
    """Of a cluster rather than of routes, so that it holds for every listener that leads to it."""
    return [RouteActionHashPolicy(header=RouteActionHashPolicyHeader(header_name=headers.HASH))]


def keeps_prefixes(upstream: Upstream, snapshot: Snapshot) -> bool:
    """Whether one of the providers that `upstream` reaches wants prompts that begin alike at one replica."""
    return any(
        provider.prefix_affinity and provider.upstream.cluster == upstream.cluster
        for provider in snapshot.providers
    )
