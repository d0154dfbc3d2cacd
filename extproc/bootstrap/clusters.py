"""Clusters: one a distinct provider endpoint, and `nowhere`; agents' are in `agents`, the workers' in
`extproc_cluster`."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from envoy_data_plane.envoy.config.cluster.v3 import (
    CircuitBreakers,
    CircuitBreakersThresholds,
    Cluster,
    ClusterDiscoveryType,
    ClusterLbPolicy,
    UpstreamConnectionOptions,
)
from envoy_data_plane.envoy.config.core.v3 import Address, Http1ProtocolOptions, SocketAddress, TcpKeepalive
from envoy_data_plane.envoy.config.core.v3 import HttpProtocolOptions as CommonHttpProtocolOptions
from envoy_data_plane.envoy.config.endpoint.v3 import (
    ClusterLoadAssignment,
    Endpoint,
    LbEndpoint,
    LocalityLbEndpoints,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)

from extproc import limits
from extproc.bootstrap import tls
from extproc.bootstrap.dns import by_dns
from extproc.bootstrap.hashing import hash_policy, keeps_prefixes
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.routes import NOWHERE
from extproc.bootstrap.typed import pack
from extproc.bootstrap.upstream_filters import upstream_filters
from extproc.config.snapshot import Snapshot, Upstream

HTTP_PROTOCOL_OPTIONS: Final = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
"""Key of a cluster's HTTP settings in ``typed_extension_protocol_options``."""

IDLE_CONNECTION: Final = timedelta(seconds=50)
"""Less than the 60 s of AWS's load balancers: a request must not meet a connection that is being closed."""


def provider_cluster(upstream: Upstream, snapshot: Snapshot, options: RenderOptions) -> Cluster:
    """A provider's endpoint: its address, its TLS, and the filters that make a request one of ours."""
    address = tls.is_ip(upstream.host)
    name = server_name(upstream)
    affine = keeps_prefixes(upstream, snapshot)
    return Cluster(
        name=upstream.cluster,
        type=ClusterDiscoveryType.STATIC if address else None,
        cluster_type=None if address else by_dns(every_address=affine),
        lb_policy=ClusterLbPolicy.RING_HASH if affine else ClusterLbPolicy.ROUND_ROBIN,
        connect_timeout=timedelta(seconds=snapshot.connect_timeout_s),
        transport_socket=tls.upstream(name, snapshot.upstream_ca_path) if upstream.tls else None,
        typed_extension_protocol_options={
            HTTP_PROTOCOL_OPTIONS: pack(
                HttpProtocolOptions(
                    common_http_protocol_options=CommonHttpProtocolOptions(idle_timeout=IDLE_CONNECTION),
                    explicit_http_config=HttpProtocolOptionsExplicitHttpConfig(
                        # Answers stream for minutes: a connection each, so that none waits for another.
                        http_protocol_options=Http1ProtocolOptions()
                    ),
                    http_filters=upstream_filters(upstream, snapshot, options.secrets_dir),
                    hash_policy=hash_policy() if affine else [],
                )
            )
        },
        # A model may think for minutes without a byte, longer than NATs remember a silent connection.
        upstream_connection_options=UpstreamConnectionOptions(
            tcp_keepalive=TcpKeepalive(keepalive_time=60, keepalive_interval=30, keepalive_probes=3)
        ),
        circuit_breakers=wide_circuit_breakers(),
        load_assignment=endpoints(upstream.cluster, _endpoint(upstream)),
    )


def nowhere() -> Cluster:
    """The cluster of requests that no one decided on: it has no endpoint and never will."""
    return Cluster(name=NOWHERE, type=ClusterDiscoveryType.STATIC, connect_timeout=timedelta(seconds=1))


def server_name(upstream: Upstream) -> str:
    """The name a provider's certificate is to be valid for: its authority without the port."""
    return urlsplit(f"//{upstream.authority}").hostname or upstream.host


def endpoints(cluster: str, *members: Endpoint) -> ClusterLoadAssignment:
    """The endpoints of a cluster that never change."""
    return ClusterLoadAssignment(
        cluster_name=cluster,
        endpoints=[LocalityLbEndpoints(lb_endpoints=[LbEndpoint(endpoint=member) for member in members])],
    )


def wide_circuit_breakers() -> CircuitBreakers:
    """Envoy's defaults (1024 requests, 3 retries at a time) would be the first limit a busy gateway meets."""
    wide = limits.REQUESTS_PER_CLUSTER_MAX
    return CircuitBreakers(
        thresholds=[
            CircuitBreakersThresholds(
                max_connections=wide, max_pending_requests=wide, max_requests=wide, max_retries=wide
            )
        ]
    )


def _endpoint(upstream: Upstream) -> Endpoint:
    return Endpoint(
        # What `auto_host_rewrite` puts into the Host header.
        hostname=upstream.authority,
        address=Address(socket_address=SocketAddress(address=upstream.host, port_value=upstream.port)),
    )
