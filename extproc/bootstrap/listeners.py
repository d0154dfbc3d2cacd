"""Listeners: the ports that clients call."""

from collections.abc import Iterable
from datetime import timedelta

from envoy_data_plane.envoy.config.core.v3 import Address, SocketAddress
from envoy_data_plane.envoy.config.listener.v3 import Filter, FilterChain
from envoy_data_plane.envoy.config.listener.v3 import Listener as EnvoyListener
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration

from extproc.bootstrap import tls
from extproc.bootstrap.http_connection_manager import http_connection_manager
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.typed import pack
from extproc.config.snapshot import Listener


def envoy_listener(
    listener: Listener, routes: RouteConfiguration, options: RenderOptions, shown: Iterable[str] = ()
) -> EnvoyListener:
    """A listener with one HTTP connection manager, with TLS where the config says so."""
    manager = http_connection_manager(listener.name, routes, options, shown)
    return EnvoyListener(
        name=listener.name,
        address=Address(socket_address=SocketAddress(address=listener.address, port_value=listener.port)),
        filter_chains=[
            FilterChain(
                transport_socket=tls.downstream(listener.tls) if listener.tls else None,
                transport_socket_connect_timeout=timedelta(seconds=10) if listener.tls else None,
                filters=[
                    Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
                ],
            )
        ],
    )
