"""Agents' clusters: one an agent, with all of its replicas, and what an agent is sent of a request.

An agent is a server of the user's own, but not all that a client trusts the gateway with is meant for it.
Plano sends it every header of the client. Here it gets the client's ordinary headers, the request's id, the
trace and the conversation's id; the client's credential and cookies only with ``passthrough_auth``.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from envoy_data_plane.envoy.config.cluster.v3 import (
    Cluster,
    ClusterDiscoveryType,
    ClusterLbPolicy,
    UpstreamConnectionOptions,
)
from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Edit
from envoy_data_plane.envoy.config.core.v3 import Address, Http1ProtocolOptions, SocketAddress, TcpKeepalive
from envoy_data_plane.envoy.config.core.v3 import HttpProtocolOptions as CommonHttpProtocolOptions
from envoy_data_plane.envoy.config.endpoint.v3 import Endpoint
from envoy_data_plane.envoy.config.route.v3 import (
    RetryPolicy,
    RetryPolicyRetryBackOff,
    RetryPolicyRetryHostPredicate,
)
from envoy_data_plane.envoy.extensions.filters.http.upstream_codec.v3 import UpstreamCodec
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)

from extproc import headers
from extproc.bootstrap import tls
from extproc.bootstrap.clusters import HTTP_PROTOCOL_OPTIONS, endpoints, wide_circuit_breakers
from extproc.bootstrap.dns import by_dns
from extproc.bootstrap.hashing import hash_policy
from extproc.bootstrap.header_edits import overwrite, remove, remove_prefix
from extproc.bootstrap.operators import request_header
from extproc.bootstrap.typed import http_filter, pack
from extproc.bootstrap.upstream_filters import edit
from extproc.config.snapshot import Agent, AgentUpstream, Listener, Snapshot

IDLE_CONNECTION: Final = timedelta(seconds=4)
"""Less than the 5 s of uvicorn and Node.js: a request must not meet a connection that is being closed."""

CLIENTS_OWN: Final = (*headers.CREDENTIALS, "cookie")
"""What an agent is shown only with ``passthrough_auth``."""

NOT_FOR_AGENTS: Final = (
    # For this host, and for the connection that they came by.
    "proxy-authorization",
    "te",
    "trailer",
    # A credential for AWS, and of no use beside another host's name.
    "x-amz-security-token",
)
"""Headers that no agent gets."""

PREFIXES_NOT_FOR_AGENTS: Final = ("x-plano-", "x-arch-", "x-envoy-")
"""Names that begin so are ours, Plano's, or Envoy's. (`headers.CONVERSATION` is put back.)"""

_ASIDE: Final = "plano-conversation-id"
"""Where the conversation's id is while all that begins like it is removed: RE2 knows no "but not"."""


def agent_clusters(snapshot: Snapshot) -> list[Cluster]:
    """Of every agent, in the config's order."""
    return [
        agent_cluster(agent, agent.upstream, snapshot)
        for agent in snapshot.agents
        if agent.upstream is not None
    ]


def agent_cluster(agent: Agent, upstream: AgentUpstream, snapshot: Snapshot) -> Cluster:
    """Every address of an agent; a conversation stays at one of them as long as that can be reached."""
    static = all(tls.is_ip(host) for host, _ in upstream.addresses)
    name = urlsplit(f"//{upstream.authority}").hostname or upstream.addresses[0][0]
    return Cluster(
        name=upstream.cluster,
        type=ClusterDiscoveryType.STATIC if static else None,
        cluster_type=None if static else by_dns(every_address=True),
        lb_policy=ClusterLbPolicy.RING_HASH,
        connect_timeout=timedelta(seconds=snapshot.connect_timeout_s),
        transport_socket=tls.upstream(name, snapshot.upstream_ca_path) if upstream.tls else None,
        typed_extension_protocol_options={HTTP_PROTOCOL_OPTIONS: pack(_http(agent))},
        # An agent may work for minutes without a byte, longer than NATs remember a silent connection.
        upstream_connection_options=UpstreamConnectionOptions(
            tcp_keepalive=TcpKeepalive(keepalive_time=60, keepalive_interval=30, keepalive_probes=3)
        ),
        circuit_breakers=wide_circuit_breakers(),
        load_assignment=endpoints(
            upstream.cluster, *(_endpoint(address, upstream.authority) for address in upstream.addresses)
        ),
    )


def shown_headers(listener: Listener, snapshot: Snapshot) -> tuple[str, ...]:
    """Headers of clients that a listener's worker must be shown, since it calls agents that may see them.

    Of several agents in turn Envoy calls the last one, and the worker those before it.
    """
    passing = {agent.id for agent in snapshot.agents if agent.passthrough_auth}
    called = {entry.id for entry in listener.agents} if len(listener.agents) > 1 else set()
    return CLIENTS_OWN if called & passing else ()


def _http(agent: Agent) -> HttpProtocolOptions:
    return HttpProtocolOptions(
        common_http_protocol_options=CommonHttpProtocolOptions(idle_timeout=IDLE_CONNECTION),
        explicit_http_config=HttpProtocolOptionsExplicitHttpConfig(
            http_protocol_options=Http1ProtocolOptions()
        ),
        http_filters=agent_filters(agent),
        hash_policy=hash_policy(),
        retry_policy=_where_not_reached(),
    )


def agent_filters(agent: Agent) -> list[HttpFilter]:
    """Take away, send."""
    return [
        edit("clean", cleaning(agent)),
        http_filter("envoy.filters.http.upstream_codec", UpstreamCodec()),
    ]


def cleaning(agent: Agent) -> list[Edit]:
    """In this order; a header that is not there leaves nothing behind."""
    own = () if agent.passthrough_auth else CLIENTS_OWN
    return [
        *map(remove, (*own, *NOT_FOR_AGENTS, _ASIDE)),
        overwrite(_ASIDE, request_header(headers.CONVERSATION)),
        *map(remove_prefix, PREFIXES_NOT_FOR_AGENTS),
        overwrite(headers.CONVERSATION, request_header(_ASIDE)),
        remove(_ASIDE),
    ]


def _where_not_reached() -> RetryPolicy:
    """Another replica for what no replica has read yet, and nothing else: an agent acts.

    It stands in the place of the listener's ``max_retries``.
    """
    return RetryPolicy(
        retry_on="connect-failure,refused-stream,reset-before-request",
        num_retries=2,
        retry_back_off=RetryPolicyRetryBackOff(
            base_interval=timedelta(milliseconds=5), max_interval=timedelta(milliseconds=50)
        ),
        retry_host_predicate=[
            RetryPolicyRetryHostPredicate(
                name="envoy.retry_host_predicates.previous_hosts", typed_config=pack(PreviousHostsPredicate())
            )
        ],
        host_selection_retry_max_attempts=5,
    )


def _endpoint(address: tuple[str, int], authority: str) -> Endpoint:
    host, port = address
    return Endpoint(
        # What `auto_host_rewrite` puts into the Host header.
        hostname=authority,
        address=Address(socket_address=SocketAddress(address=host, port_value=port)),
    )
