"""Routes of requests that may have several attempts: one a retry policy, chosen by a header of the decision.

The clusters are the request's own list, in metadata that ext_proc set; with each retry Envoy takes the next
one. Without a list the request stays where undecided ones do. How many retries there are is in the request's
``x-envoy-max-retries``; Envoy would try the last cluster of a shorter list again and again.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/router_filter#x-envoy-retry-on
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from envoy_data_plane.envoy.config.route.v3 import (
    HeaderMatcher,
    RetryPolicy,
    RetryPolicyRateLimitedRetryBackOff,
    RetryPolicyResetHeader,
    RetryPolicyRetryBackOff,
    Route,
    RouteAction,
    RouteMatch,
)
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher

from extproc import headers, limits
from extproc.bootstrap import ext_proc
from extproc.bootstrap.header_edits import overwriting
from extproc.bootstrap.operators import decided, of_this_attempt
from extproc.bootstrap.routes import NOWHERE, facts
from extproc.config.retry import RetryPolicy as Policy
from extproc.config.snapshot import Listener

NAME: Final = "ranked"
"""What the names of these routes begin with."""

_AT_ONCE_S: Final = 0.001
"""The wait before another target is tried: none that anyone would notice. Envoy's shortest."""
_RATE_LIMITED_MAX: Final = timedelta(seconds=30)
"""A longer ``retry-after`` is not waited for: the usual wait is, and then the client is told."""


def ranked_routes(listener: Listener, policies: Iterable[Policy]) -> Iterator[Route]:
    """The routes of one listener. They are completed by `with_order`."""
    for policy in policies:
        again = policy.stays or listener.max_retries > 0
        # The attempt's own stream has told it, for less; only the first target's attempts have none.
        trail = of_this_attempt("trails") if again else decided("tried")
        chosen = HeaderMatcher(name=headers.RETRY, string_match=StringMatcher(exact=policy.id))
        yield Route(
            name=f"{NAME}-{policy.id}",
            match=RouteMatch(prefix="/", headers=[chosen]),
            metadata=facts(listener),
            typed_per_filter_config=ext_proc.enabled(),
            request_body_buffer_limit=listener.max_body_bytes,
            # What only we may say, a provider's cluster removes: here it may be ours.
            response_headers_to_remove=["alt-svc"],
            response_headers_to_add=[
                overwriting(headers.MODEL, decided("model")),
                overwriting(headers.PROVIDER, decided("provider")),
                overwriting(headers.LOST_FIELDS, decided("lost_fields")),
                overwriting(headers.ATTEMPTS, f"{trail} %RESP(:STATUS)%"),
            ],
            route=RouteAction(
                # Until `with_order` replaces it.
                cluster=NOWHERE,
                auto_host_rewrite=True,
                timeout=timedelta(seconds=listener.timeout_s or 0),
                idle_timeout=timedelta(seconds=limits.STREAM_IDLE_TIMEOUT_S),
                retry_policy=_retries(policy, again=again),
            ),
        )


def with_order(bootstrap: dict[str, Any]) -> dict[str, Any]:
    """The bootstrap with the cluster specifier that ``envoy-data-plane`` does not know yet."""
    for listener in bootstrap["static_resources"]["listeners"]:
        for network_filter in listener["filter_chains"][0]["filters"]:
            hosts = network_filter["typed_config"].get("route_config", {}).get("virtual_hosts", ())
            for route in (route for host in hosts for route in host["routes"]):
                if route.get("name", "").startswith(f"{NAME}-"):
                    del route["route"]["cluster"]
                    route["route"]["inline_cluster_specifier_plugin"] = _BY_LIST
    return bootstrap


_BY_LIST: Final = {
    "extension": {
        "name": "envoy.router.cluster_specifier_plugin.priority_group",
        "typed_config": {
            "@type": (
                "type.googleapis.com/"
                "envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier"
            ),
            "override_metadata_namespace": headers.ORDER_NAMESPACE,
            # For a request without a list, which nothing makes.
            "priority_groups": [{"name": "none", "clusters": [{"cluster_name": NOWHERE, "weight": 1}]}],
        },
    }
}


def _retries(policy: Policy, *, again: bool) -> RetryPolicy:
    """`again`: some attempts are at the target of the one before, and wait; Envoy has one wait for all."""
    base, longest = (policy.backoff_base_s, policy.backoff_max_s) if again else (_AT_ONCE_S, _AT_ONCE_S)
    return RetryPolicy(
        retry_on="connect-failure,refused-stream,reset,retriable-status-codes",
        retriable_status_codes=list(policy.status_codes),
        num_retries=limits.ATTEMPTS_MAX - 1,
        refresh_cluster_on_retry=True,
        per_try_timeout=_seconds(policy.per_try_timeout_s),
        per_try_idle_timeout=_seconds(policy.per_try_idle_timeout_s),
        retry_back_off=RetryPolicyRetryBackOff(
            base_interval=timedelta(seconds=base), max_interval=timedelta(seconds=longest)
        ),
        # Worth waiting for only where there is no other target to go to at once.
        rate_limited_retry_back_off=RetryPolicyRateLimitedRetryBackOff(
            reset_headers=[RetryPolicyResetHeader(name="retry-after")], max_interval=_RATE_LIMITED_MAX
        )
        if policy.stays and policy.respect_retry_after
        else None,
    )


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
