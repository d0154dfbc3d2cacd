"""The access log that goes to plano-state, by gRPC, beside the one in a file; and the cluster it goes to.

At most once, and never in the way of a request: what cannot be sent is lost.
"""

from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.accesslog.v3 import AccessLog
from envoy_data_plane.envoy.config.cluster.v3 import Cluster, ClusterDiscoveryType
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    ApiVersion,
    GrpcService,
    GrpcServiceEnvoyGrpc,
    Http2ProtocolOptions,
    Pipe,
)
from envoy_data_plane.envoy.config.endpoint.v3 import Endpoint
from envoy_data_plane.envoy.extensions.access_loggers.grpc.v3 import (
    CommonGrpcAccessLogConfig,
    HttpGrpcAccessLogConfig,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)

from extproc import headers
from extproc.bootstrap.clusters import HTTP_PROTOCOL_OPTIONS, endpoints, wide_circuit_breakers
from extproc.bootstrap.ext_proc import FILTER
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.typed import pack

CLUSTER: Final = "state"
"""Name of the cluster of plano-state."""

FLUSH: Final = timedelta(milliseconds=200)
"""How long Envoy collects entries: its default of a second makes a live picture look late."""


def state_log(listener: str, options: RenderOptions) -> list[AccessLog]:
    """The log of one listener; none where there is no state service. No header of a request is in it."""
    if options.state_socket is None:
        return []
    config = HttpGrpcAccessLogConfig(
        common_config=CommonGrpcAccessLogConfig(
            log_name=listener,
            grpc_service=GrpcService(envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=CLUSTER)),
            transport_api_version=ApiVersion.V3,
            buffer_flush_interval=FLUSH,
            filter_state_objects_to_log=[FILTER],
        ),
        additional_response_headers_to_log=[headers.REPLY],
    )
    return [AccessLog(name="envoy.access_loggers.http_grpc", typed_config=pack(config))]


def state_cluster(options: RenderOptions) -> list[Cluster]:
    """One Unix socket; nobody checks its health, for there is no other."""
    if options.state_socket is None:
        return []
    http2 = HttpProtocolOptions(
        explicit_http_config=HttpProtocolOptionsExplicitHttpConfig(
            http2_protocol_options=Http2ProtocolOptions()
        )
    )
    return [
        Cluster(
            name=CLUSTER,
            type=ClusterDiscoveryType.STATIC,
            connect_timeout=timedelta(seconds=1),
            typed_extension_protocol_options={HTTP_PROTOCOL_OPTIONS: pack(http2)},
            circuit_breakers=wide_circuit_breakers(),
            load_assignment=endpoints(
                CLUSTER, Endpoint(address=Address(pipe=Pipe(path=options.state_socket)))
            ),
        )
    ]
