"""The cluster of the ext_proc workers: a Unix socket each."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.cluster.v3 import (
    Cluster,
    ClusterCommonLbConfig,
    ClusterDiscoveryType,
    ClusterLbPolicy,
)
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    HealthCheck,
    HealthCheckGrpcHealthCheck,
    Http2ProtocolOptions,
    KeepaliveSettings,
    Pipe,
)
from envoy_data_plane.envoy.config.endpoint.v3 import Endpoint
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)
from envoy_data_plane.envoy.type.v3 import Percent

from extproc import limits
from extproc.bootstrap import ext_proc
from extproc.bootstrap.clusters import HTTP_PROTOCOL_OPTIONS, endpoints, wide_circuit_breakers
from extproc.bootstrap.typed import pack

HEALTH_INTERVAL: Final = timedelta(seconds=1)
"""How long a dead worker is still tried first (the stream's retry finds another one meanwhile)."""
RECOVERY_INTERVAL: Final = timedelta(milliseconds=250)
"""How soon a worker that came back, or that starts after Envoy, is used."""
HEALTH_TIMEOUT: Final = timedelta(seconds=3)
"""Longer than a busy worker takes to answer: slow is not dead, and a dead one refuses at once."""


def extproc_cluster(sockets: Sequence[str]) -> Cluster:
    """Least requests first, since the workers of a Python server are slow one at a time."""
    return Cluster(
        name=ext_proc.CLUSTER,
        type=ClusterDiscoveryType.STATIC,
        connect_timeout=timedelta(seconds=1),
        lb_policy=ClusterLbPolicy.LEAST_REQUEST,
        # Bodies go there and back whole.
        per_connection_buffer_limit_bytes=2 * limits.BODY_BYTES_MAX,
        typed_extension_protocol_options={HTTP_PROTOCOL_OPTIONS: pack(http2())},
        health_checks=[_grpc_health()],
        # With the default of 50 % Envoy would send to dead workers when half of them are.
        common_lb_config=ClusterCommonLbConfig(healthy_panic_threshold=Percent(value=0)),
        circuit_breakers=wide_circuit_breakers(),
        load_assignment=endpoints(
            ext_proc.CLUSTER, *(Endpoint(address=Address(pipe=Pipe(path=path))) for path in sockets)
        ),
    )


def http2() -> HttpProtocolOptions:
    """How a worker is spoken to."""
    return HttpProtocolOptions(
        explicit_http_config=HttpProtocolOptionsExplicitHttpConfig(
            http2_protocol_options=Http2ProtocolOptions(
                max_concurrent_streams=limits.STREAMS_PER_WORKER_MAX,
                connection_keepalive=KeepaliveSettings(
                    interval=timedelta(seconds=30), timeout=timedelta(seconds=10)
                ),
            )
        )
    )


def _grpc_health() -> HealthCheck:
    """While a cluster has had no traffic, Envoy goes by the ``no_traffic`` intervals alone (default 60 s)."""
    return HealthCheck(
        timeout=HEALTH_TIMEOUT,
        interval=HEALTH_INTERVAL,
        unhealthy_interval=RECOVERY_INTERVAL,
        no_traffic_interval=RECOVERY_INTERVAL,
        no_traffic_healthy_interval=HEALTH_INTERVAL,
        unhealthy_threshold=1,
        healthy_threshold=1,
        grpc_health_check=HealthCheckGrpcHealthCheck(),
    )
