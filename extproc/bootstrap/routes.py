"""Route configurations, one a listener. A request begins on `undecided`; what ext_proc chose goes by
`decided`.

The decision is a header that only ext_proc can set, with ``clear_route_cache``. Whatever was missed on the
way (no decision, a worker that ended its stream without an answer) stays on `undecided`: a clear 503.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.core.v3 import Metadata
from envoy_data_plane.envoy.config.route.v3 import (
    HeaderMatcher,
    RetryPolicy,
    RetryPolicyRateLimitedRetryBackOff,
    RetryPolicyResetHeader,
    RetryPolicyRetryBackOff,
    Route,
    RouteAction,
    RouteConfiguration,
    RouteMatch,
    VirtualHost,
)
from envoy_data_plane.google.protobuf import Struct

from extproc import headers, limits
from extproc.bootstrap import ext_proc
from extproc.bootstrap.header_edits import overwriting
from extproc.bootstrap.operators import decided
from extproc.config.retry import STATUS_CODES
from extproc.config.snapshot import Listener

NOWHERE: Final = "nowhere"
"""A cluster without endpoints. Not a ``direct_response``: on one, Envoy ignores
``request_body_buffer_limit``, and the limit that counts is that of the route matched first."""

BODY_LIMIT: Final = "body_limit"
"""Key in the routes' metadata: the limit in words, for the 413.

Envoy does not hold bodies to a limit below what it may buffer anyway (1 MiB a connection, or a stream's
window in HTTP/2): there the exchange has to look at the length.
"""

_TOLD: Final = {
    headers.MODEL: "model",
    headers.PROVIDER: "provider",
    headers.LOST_FIELDS: "lost_fields",
    headers.AGENT: "agent",
    headers.AGENTS: "agents",
    headers.AGENTS_SKIPPED: "agents_skipped",
}
"""Headers of an answer → what ext_proc told about the exchange."""


def route_configuration(listener: Listener, ranked: Iterable[Route] = ()) -> RouteConfiguration:
    """What a listener serves; its name is the listener's. `ranked`: see `ranked_routes`."""
    return RouteConfiguration(
        name=listener.name,
        validate_clusters=True,
        virtual_hosts=[
            VirtualHost(
                name=listener.name,
                domains=["*"],
                routes=[_decided(listener), *ranked, _undecided(listener)],
            )
        ],
    )


def _decided(listener: Listener) -> Route:
    return Route(
        name="decided",
        match=RouteMatch(prefix="/", headers=[HeaderMatcher(name=headers.CLUSTER, present_match=True)]),
        metadata=facts(listener),
        typed_per_filter_config=ext_proc.enabled(),
        request_body_buffer_limit=listener.max_body_bytes,
        # Whoever answers may not say what only we say; then we say it, as far as it applies.
        response_headers_to_remove=[headers.REPLY, "alt-svc", *_TOLD],
        response_headers_to_add=[overwriting(name, decided(key)) for name, key in _TOLD.items()],
        route=RouteAction(
            cluster_header=headers.CLUSTER,
            auto_host_rewrite=True,
            timeout=timedelta(seconds=listener.timeout_s or 0),
            idle_timeout=timedelta(seconds=limits.STREAM_IDLE_TIMEOUT_S),
            retry_policy=_same_target(listener.max_retries) if listener.max_retries else None,
        ),
    )


def _undecided(listener: Listener) -> Route:
    return Route(
        name="undecided",
        match=RouteMatch(prefix="/"),
        metadata=facts(listener),
        typed_per_filter_config=ext_proc.enabled(),
        request_body_buffer_limit=listener.max_body_bytes,
        route=RouteAction(cluster=NOWHERE),
    )


def _same_target(retries: int) -> RetryPolicy:
    """Plano's ``max_retries``. No per-try timeout: it would cut, and bill twice, long unstreamed answers."""
    return RetryPolicy(
        retry_on="connect-failure,refused-stream,reset,retriable-status-codes",
        retriable_status_codes=list(STATUS_CODES),
        num_retries=retries,
        retry_back_off=RetryPolicyRetryBackOff(
            base_interval=timedelta(milliseconds=500), max_interval=timedelta(seconds=5)
        ),
        # There is no other target to go to at once, so a provider's `retry-after` is worth waiting for.
        rate_limited_retry_back_off=RetryPolicyRateLimitedRetryBackOff(
            reset_headers=[RetryPolicyResetHeader(name="retry-after")], max_interval=timedelta(seconds=30)
        ),
    )


def facts(listener: Listener) -> Metadata:
    """What each route of a listener says of itself."""
    limit = in_words(listener.max_body_bytes)
    return Metadata(filter_metadata={headers.METADATA_NAMESPACE: Struct.from_dict({BODY_LIMIT: limit})})


def in_words(size: int) -> str:
    """A number of bytes as people say it: ``20 MiB``, ``1 KiB``, ``1500 bytes``."""
    for unit, name in ((limits.MIB, "MiB"), (limits.KIB, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"
