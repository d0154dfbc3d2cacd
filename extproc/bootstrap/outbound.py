"""The workers' way out: a listener on a Unix socket by which they call router models and agents.

By Envoy, since it has the keys, the connections and the names. It does not decide anything: a header says
the cluster, no ext_proc looks on, and the deadline is the caller's, who hangs up.
"""

from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.accesslog.v3 import (
    AccessLogFilter,
    ComparisonFilter,
    ComparisonFilterOp,
    ResponseFlagFilter,
    StatusCodeFilter,
)
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    Pipe,
    RuntimeUInt32,
    SchemeHeaderTransformation,
)
from envoy_data_plane.envoy.config.listener.v3 import Filter, FilterChain
from envoy_data_plane.envoy.config.listener.v3 import Listener as EnvoyListener
from envoy_data_plane.envoy.config.route.v3 import (
    HeaderMatcher,
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_data_plane.envoy.extensions.filters.http.router.v3 import Router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
    HttpConnectionManagerServerHeaderTransformation,
    LocalReplyConfig,
    ResponseMapper,
)

from extproc import headers, limits
from extproc.bootstrap.access_log import access_log
from extproc.bootstrap.client_facts import client_facts
from extproc.bootstrap.header_edits import overwriting
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.state_log import state_log
from extproc.bootstrap.typed import http_filter, pack

NAME: Final = "outbound"
"""Of the listener, in logs and statistics; no configured listener can have it."""

MODE: Final = 0o600
"""Of the socket: whoever can open it spends the provider keys."""

REASONS: Final = (
    ("unreachable", ("UF",)),
    ("no_address", ("UH",)),
    ("disconnected", ("UC", "UR", "LR")),
    ("invalid_answer", ("UPE",)),
    ("timeout", ("UT", "SI")),
    ("overloaded", ("UO",)),
    ("no_such_cluster", ("NC",)),
)
"""Value of ``x-plano-reply`` where Envoy answered in the place of whoever was called, by response flag."""

OTHER_REASON: Final = "gateway_error"
"""Its value where no flag tells."""


def outbound_listener(options: RenderOptions) -> list[EnvoyListener]:
    """None where there is no place for its socket."""
    if options.outbound_socket is None:
        return []
    manager = Filter(
        name="envoy.filters.network.http_connection_manager", typed_config=pack(_manager(options))
    )
    return [
        EnvoyListener(
            name=NAME,
            address=Address(pipe=Pipe(path=options.outbound_socket, mode=MODE)),
            filter_chains=[FilterChain(filters=[manager])],
            # Our own workers are not to be refused because clients are many.
            ignore_global_conn_limit=True,
        )
    ]


def _manager(options: RenderOptions) -> HttpConnectionManager:
    return HttpConnectionManager(
        stat_prefix=NAME,
        # The caller is no stranger: its request's id is that of the client's request.
        preserve_external_request_id=True,
        generate_request_id=True,
        scheme_header_transformation=SchemeHeaderTransformation(match_upstream=True),
        server_header_transformation=HttpConnectionManagerServerHeaderTransformation.PASS_THROUGH,
        max_request_headers_kb=limits.REQUEST_HEADERS_KIB_MAX,
        stream_idle_timeout=timedelta(seconds=limits.STREAM_IDLE_TIMEOUT_S),
        http_filters=[
            client_facts(),
            http_filter("envoy.filters.http.router", Router(suppress_envoy_headers=True)),
        ],
        local_reply_config=_local_replies(),
        access_log=[access_log(NAME, options.access_log_path), *state_log(NAME, options)],
        route_config=RouteConfiguration(
            name=NAME, virtual_hosts=[VirtualHost(name=NAME, domains=["*"], routes=[_route()])]
        ),
    )


def _route() -> Route:
    """A request without the header finds no route: 404."""
    return Route(
        name=NAME,
        match=RouteMatch(prefix="/", headers=[HeaderMatcher(name=headers.CLUSTER, present_match=True)]),
        response_headers_to_remove=[headers.REPLY, "alt-svc"],
        route=RouteAction(cluster_header=headers.CLUSTER, auto_host_rewrite=True, timeout=timedelta(0)),
    )


def _local_replies() -> LocalReplyConfig:
    """Marked, so that Envoy's 503 is never taken for an answer of whoever was called."""
    told = [_marked(reason, _flagged(flags)) for reason, flags in REASONS]
    return LocalReplyConfig(mappers=[*told, _marked(OTHER_REASON, _any())])


def _marked(reason: str, condition: AccessLogFilter) -> ResponseMapper:
    return ResponseMapper(filter=condition, headers_to_add=[overwriting(headers.REPLY, reason)])


def _flagged(flags: tuple[str, ...]) -> AccessLogFilter:
    return AccessLogFilter(response_flag_filter=ResponseFlagFilter(flags=list(flags)))


def _any() -> AccessLogFilter:
    least = RuntimeUInt32(default_value=0, runtime_key="plano.outbound.status_0")
    return AccessLogFilter(
        status_code_filter=StatusCodeFilter(
            comparison=ComparisonFilter(op=ComparisonFilterOp.GE, value=least)
        )
    )
