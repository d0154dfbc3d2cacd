"""The ext_proc HTTP filter: which phases of an exchange our workers are shown, and what they may change."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutationRules
from envoy_data_plane.envoy.config.core.v3 import (
    BackoffStrategy,
    GrpcService,
    GrpcServiceEnvoyGrpc,
    RetryPolicy,
    RetryPolicyRetryHostPredicate,
)
from envoy_data_plane.envoy.extensions.filters.http.ext_proc.v3 import (
    ExternalProcessor,
    ExtProcOverrides,
    ExtProcPerRoute,
    HeaderForwardingRules,
    MetadataOptions,
    MetadataOptionsMetadataNamespaces,
    ProcessingMode,
    ProcessingModeBodySendMode,
    ProcessingModeHeaderSendMode,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.envoy.type.matcher.v3 import ListStringMatcher, StringMatcher
from envoy_data_plane.envoy.type.v3 import HttpStatus, StatusCode
from envoy_data_plane.google.protobuf import Any

from extproc import limits
from extproc.bootstrap.typed import http_filter, pack
from extproc.headers import CREDENTIALS, METADATA_NAMESPACE, ORDER_NAMESPACE

CLUSTER: Final = "extproc"
"""Name of the cluster of our workers."""
FILTER: Final = "envoy.filters.http.ext_proc/plano"
"""Name of the filter; also the key of its timings in filter state."""
HIDDEN_HEADERS: Final = ("cookie", "proxy-authorization", *CREDENTIALS)
"""Request headers that no worker is shown unless something configured needs them."""


def ext_proc_filter(shown: Iterable[str] = ()) -> HttpFilter:
    """The filter, off until a route turns it on; `shown` are `HIDDEN_HEADERS` that are not to be hidden."""
    return http_filter(FILTER, _external_processor(frozenset(shown)), disabled=True)


def enabled() -> dict[str, Any]:
    """``typed_per_filter_config`` of a route whose requests we process.

    Any configuration for a route turns the filter on. The one made for that (``FilterConfig``) would need an
    `Any` without a type, which cannot be dumped.
    """
    return {FILTER: pack(ExtProcPerRoute(overrides=ExtProcOverrides()))}


def _external_processor(shown: frozenset[str]) -> ExternalProcessor:
    hidden = [StringMatcher(exact=name) for name in HIDDEN_HEADERS if name not in shown]
    return ExternalProcessor(
        grpc_service=_workers(),
        stat_prefix="plano",
        # What we did not see must not go on. (Where a worker ends the stream without an answer it does all
        # the same; for that the catch-all route has no endpoint.)
        failure_mode_allow=False,
        status_on_error=HttpStatus(code=StatusCode.ServiceUnavailable),
        message_timeout=timedelta(seconds=limits.EXT_PROC_MESSAGE_TIMEOUT_S),
        max_message_timeout=timedelta(seconds=limits.EXT_PROC_MAX_MESSAGE_TIMEOUT_S),
        processing_mode=phases(),
        allow_mode_override=True,
        forward_rules=HeaderForwardingRules(disallowed_headers=ListStringMatcher(patterns=hidden)),
        # Lets a reply set `x-envoy-max-retries` and the like; clients' own are removed before.
        mutation_rules=HeaderMutationRules(allow_envoy=True),
        metadata_options=MetadataOptions(
            receiving_namespaces=MetadataOptionsMetadataNamespaces(
                untyped=[METADATA_NAMESPACE, ORDER_NAMESPACE]
            )
        ),
        # Tells the answer to a translated request from one that another attempt's stream has translated.
        response_attributes=["upstream.request_attempt_count"],
    )


def phases() -> ProcessingMode:
    """With the response's headers: a worker that does not want them ends its stream before they come."""
    return ProcessingMode(
        request_header_mode=ProcessingModeHeaderSendMode.SEND,
        request_body_mode=ProcessingModeBodySendMode.BUFFERED,
        request_trailer_mode=ProcessingModeHeaderSendMode.SKIP,
        response_header_mode=ProcessingModeHeaderSendMode.SEND,
        response_body_mode=ProcessingModeBodySendMode.NONE,
        response_trailer_mode=ProcessingModeHeaderSendMode.SKIP,
    )


def _workers() -> GrpcService:
    return GrpcService(
        envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=CLUSTER),
        # The stream lives as long as the exchange; each message has its own timeout.
        timeout=timedelta(0),
        retry_policy=other_worker(),
    )


def other_worker() -> RetryPolicy:
    """Nothing of the stream has reached a worker yet in these cases: another one may take it."""
    return RetryPolicy(
        retry_on="connect-failure,refused-stream,reset-before-request",
        num_retries=2,
        retry_back_off=BackoffStrategy(
            base_interval=timedelta(milliseconds=5), max_interval=timedelta(milliseconds=20)
        ),
        retry_host_predicate=[
            RetryPolicyRetryHostPredicate(
                name="envoy.retry_host_predicates.previous_hosts",
                typed_config=pack(PreviousHostsPredicate()),
            )
        ],
        host_selection_retry_max_attempts=5,
    )
