"""What concerns the Envoy process as a whole: its name, its admin interface, its limit of connections."""

from envoy_data_plane.envoy.config.bootstrap.v3 import Admin
from envoy_data_plane.envoy.config.core.v3 import Address, Node, SocketAddress
from envoy_data_plane.envoy.config.overload.v3 import OverloadManager, ResourceMonitor
from envoy_data_plane.envoy.extensions.resource_monitors.downstream_connections.v3 import (
    DownstreamConnectionsConfig,
)

from extproc import limits
from extproc.bootstrap.typed import pack


def node(node_id: str) -> Node:
    """Secrets from files are SDS, and SDS needs a named node."""
    return Node(id=node_id, cluster="plano")


def admin(port: int) -> Admin:
    """On loopback only: it can stop Envoy. Reachable also when all connections are taken."""
    return Admin(
        address=Address(socket_address=SocketAddress(address="127.0.0.1", port_value=port)),
        ignore_global_conn_limit=True,
    )


def overload_manager() -> OverloadManager:
    """Refuse connections before file descriptors and memory run out."""
    return OverloadManager(
        resource_monitors=[
            ResourceMonitor(
                name="envoy.resource_monitors.global_downstream_max_connections",
                typed_config=pack(
                    DownstreamConnectionsConfig(
                        max_active_downstream_connections=limits.DOWNSTREAM_CONNECTIONS_MAX
                    )
                ),
            )
        ]
    )
