"""Clusters of requests that may have several attempts: two more a provider, beside its own.

| cluster | for | what is different |
|---|---|---|
| ``X`` | requests with one attempt | |
| ``X.first`` | the first attempt of a request with several | its failure is noted |
| ``X.twin`` | every other attempt | what earlier ones set is removed; ext_proc makes it right |

Both are *aggregates* of ``X`` and `NOBODY`: they have filters of their own, but the addresses, TLS and
connections of ``X``. Where ``X`` has no address, since its name cannot be resolved, they go to `NOBODY`,
which refuses at once: that counts as a failure to connect, and moves on. A missing address alone would end
the request.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.cluster.v3 import (
    Cluster,
    ClusterCustomClusterType,
    ClusterDiscoveryType,
    ClusterLbPolicy,
    LoadBalancingPolicy,
    LoadBalancingPolicyPolicy,
)
from envoy_data_plane.envoy.config.core.v3 import Address, Http1ProtocolOptions, Pipe, TypedExtensionConfig
from envoy_data_plane.envoy.config.endpoint.v3 import Endpoint
from envoy_data_plane.envoy.extensions.clusters.aggregate.v3 import ClusterConfig
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.load_balancing_policies.least_request.v3 import LeastRequest
from envoy_data_plane.envoy.extensions.load_balancing_policies.override_host.v3 import (
    OverrideHost,
    OverrideHostOverrideHostSource,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)

from extproc import headers
from extproc.bootstrap import ext_proc
from extproc.bootstrap.attempt_filters import forget_number, further_attempt, recorder
from extproc.bootstrap.clusters import HTTP_PROTOCOL_OPTIONS, endpoints, wide_circuit_breakers
from extproc.bootstrap.extproc_cluster import http2
from extproc.bootstrap.hashing import hash_policy, keeps_prefixes
from extproc.bootstrap.header_edits import remove
from extproc.bootstrap.injection import injections, upstreams
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.typed import extension, pack
from extproc.bootstrap.upstream_filters import cleaning, codec, edit, made_for
from extproc.config.snapshot import Snapshot, Upstream

NOBODY: Final = "nobody"
"""A cluster whose endpoint refuses every connection."""
SAME_WORKER: Final = "extproc.same"
"""The workers again, to be called by address: a further attempt wants what one of them remembers."""

_NO_SOCKET: Final = "/dev/null/nobody"
"""Nothing can ever listen there."""


def clusters_of_attempts(snapshot: Snapshot, options: RenderOptions) -> Iterator[Cluster]:
    """None where no request has a second target."""
    if not snapshot.retries_elsewhere:
        return
    several = len(options.extproc_sockets) > 1
    for upstream in upstreams(snapshot):
        affine = keeps_prefixes(upstream, snapshot)
        first = _first(upstream, snapshot, options.secrets_dir)
        yield _aggregate(upstream.first_cluster, upstream, first, affine=affine)
        workers = SAME_WORKER if several else ext_proc.CLUSTER
        twin = _twin(upstream, snapshot, options.secrets_dir, workers)
        yield _aggregate(upstream.twin_cluster, upstream, twin, affine=affine)
    yield _nobody()
    if several:
        yield _same_worker(options)


def _first(upstream: Upstream, snapshot: Snapshot, secrets_dir: str) -> list[HttpFilter]:
    return [
        edit("clean", cleaning(snapshot), answer=[forget_number()]),
        *made_for(upstream, secrets_dir),
        *recorder(),
        codec(),
    ]


def _twin(upstream: Upstream, snapshot: Snapshot, secrets_dir: str, workers: str) -> list[HttpFilter]:
    """Cleaned before ext_proc, which would else be shown what the attempt before had on."""
    static = {injection.header for other in upstreams(snapshot) for injection in injections(other)}
    return [
        edit("clean", [*cleaning(snapshot), *map(remove, sorted(static))], answer=[forget_number()]),
        further_attempt(workers),
        *made_for(upstream, secrets_dir),
        *recorder(),
        codec(),
    ]


def _aggregate(name: str, upstream: Upstream, filters: list[HttpFilter], *, affine: bool) -> Cluster:
    members = [upstream.cluster, NOBODY]
    return Cluster(
        name=name,
        connect_timeout=timedelta(seconds=1),
        lb_policy=ClusterLbPolicy.CLUSTER_PROVIDED,
        cluster_type=ClusterCustomClusterType(
            name="envoy.clusters.aggregate",
            typed_config=pack(ClusterConfig(clusters=members)),
        ),
        typed_extension_protocol_options={
            HTTP_PROTOCOL_OPTIONS: pack(
                HttpProtocolOptions(
                    explicit_http_config=HttpProtocolOptionsExplicitHttpConfig(
                        http_protocol_options=Http1ProtocolOptions()
                    ),
                    http_filters=filters,
                    hash_policy=hash_policy() if affine else [],
                )
            )
        },
        circuit_breakers=wide_circuit_breakers(),
    )


def _nobody() -> Cluster:
    endpoint = Endpoint(address=Address(pipe=Pipe(path=_NO_SOCKET)))
    return Cluster(
        name=NOBODY,
        type=ClusterDiscoveryType.STATIC,
        connect_timeout=timedelta(seconds=1),
        load_assignment=endpoints(NOBODY, endpoint),
    )


def _policy(chosen: TypedExtensionConfig) -> LoadBalancingPolicy:
    return LoadBalancingPolicy(policies=[LoadBalancingPolicyPolicy(typed_extension_config=chosen)])


def _same_worker(options: RenderOptions) -> Cluster:
    """The worker that the stream's metadata names, else any; a dead one refuses, and the next is tried."""
    named = OverrideHost(
        override_host_sources=[OverrideHostOverrideHostSource(header=headers.WORKER)],
        fallback_policy=_policy(extension("envoy.load_balancing_policies.least_request", LeastRequest())),
    )
    sockets = (Endpoint(address=Address(pipe=Pipe(path=path))) for path in options.extproc_sockets)
    return Cluster(
        name=SAME_WORKER,
        type=ClusterDiscoveryType.STATIC,
        connect_timeout=timedelta(seconds=1),
        load_balancing_policy=_policy(extension("envoy.load_balancing_policies.override_host", named)),
        typed_extension_protocol_options={HTTP_PROTOCOL_OPTIONS: pack(http2())},
        circuit_breakers=wide_circuit_breakers(),
        load_assignment=endpoints(SAME_WORKER, *sockets),
    )
