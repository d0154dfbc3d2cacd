"""What Envoy gets for requests with several attempts, and that others get nothing of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from extproc.bootstrap.ranked_routes import ranked_routes
from extproc.bootstrap.render import render
from extproc.bootstrap.twins import clusters_of_attempts
from extproc.bootstrap.typed import to_json
from extproc.config.retry import RetryPolicy
from extproc.config.secret import SecretRef
from extproc.config.snapshot import Snapshot
from extproc.testing.builders import a_listener, a_preference
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_upstream

TEAM = (("x-team", SecretRef("env", "TEAM_TOKEN")),)
UPSTREAMS = (an_upstream("one", headers=TEAM), an_upstream("two"))
HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def a_snapshot(policy: RetryPolicy | None, **changes: Any) -> Snapshot:
    """Two providers, the first of which has `policy`."""
    snapshot = a_snapshot_of(*UPSTREAMS)
    first, *rest = snapshot.providers
    return replace(snapshot, providers=(replace(first, retry_policy=policy), *rest), **changes)


def clusters(
    snapshot: Snapshot, sockets: tuple[str, ...] = OPTIONS.extproc_sockets
) -> dict[str, dict[str, Any]]:
    options = replace(OPTIONS, extproc_sockets=sockets)
    return {cluster.name: to_json(cluster) for cluster in clusters_of_attempts(snapshot, options)}


def retries(policy: RetryPolicy, of_the_listener: int = 0) -> dict[str, Any]:
    """What the route of a policy says of retries."""
    (route,) = ranked_routes(replace(a_listener(), max_retries=of_the_listener), [policy])
    found: dict[str, Any] = to_json(route)["route"]["retry_policy"]
    return found


def whole(snapshot: Snapshot) -> tuple[set[str], list[dict[str, Any]]]:
    """Names of all clusters, and the routes, as Envoy gets them."""
    resources = render(snapshot, OPTIONS)["static_resources"]
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    names = {cluster["name"] for cluster in resources["clusters"]}
    return names, manager["route_config"]["virtual_hosts"][0]["routes"]


def filters(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster["typed_extension_protocol_options"][HTTP]["http_filters"]
    return found


def names(items: Iterable[dict[str, Any]]) -> list[str]:
    return [item["name"].rpartition("/")[2] for item in items]


def removed(cluster: dict[str, Any]) -> set[str]:
    edits = filters(cluster)[0]["typed_config"]["mutations"]["request_mutations"]
    return {edit["remove"] for edit in edits if "remove" in edit}


def test_without_a_second_target_there_is_nothing_of_it() -> None:
    names, routes = whole(a_snapshot(None))

    assert {"one", "two", "extproc", "nowhere"} == names
    assert ["decided", "undecided"] == [route["name"] for route in routes]


@pytest.mark.parametrize(
    ("policy", "more"),
    [
        (RetryPolicy(), {}),
        (None, {"fallback": "auto"}),
        (None, {"preferences": (a_preference("code", "one/m", "two/m"),)}),
    ],
    ids=["policy", "auto", "preference"],
)
def test_each_provider_gets_two_clusters_over_its_own(
    policy: RetryPolicy | None, more: dict[str, Any]
) -> None:
    """With the hosts of its own, and one that refuses where it has none."""
    found = clusters(a_snapshot(policy, **more))

    assert {"one.first", "one.twin", "two.first", "two.twin", "nobody", "extproc.same"} == set(found)
    for name in ("one.first", "one.twin"):
        assert ["one", "nobody"] == found[name]["cluster_type"]["typed_config"]["clusters"]


def test_ext_proc_stands_behind_the_cleaning_and_before_the_credentials_of_a_twin() -> None:
    """It sees neither the last provider's nor the next one's."""
    found = clusters(a_snapshot(RetryPolicy()))

    assert ["clean", "attempt", "authorization", "x-team", "record", "numbered"] == names(
        filters(found["one.twin"])[:-1]
    )
    assert ["clean", "authorization", "x-team", "record", "numbered"] == names(
        filters(found["one.first"])[:-1]
    )


def test_a_twin_removes_the_static_headers_of_every_provider() -> None:
    """A first attempt does not: nobody was before it, and the client's own may pass."""
    found = clusters(a_snapshot(RetryPolicy()))

    assert "x-team" in removed(found["two.twin"])
    assert "x-team" not in removed(found["two.first"])
    assert {"authorization", "x-api-key", "api-key", "x-amz-date"} < removed(found["two.twin"])


def test_a_further_attempt_is_shown_no_header_that_it_does_not_need() -> None:
    attempt = filters(clusters(a_snapshot(RetryPolicy()))["one.twin"])[1]["typed_config"]

    shown = {pattern["exact"] for pattern in attempt["forward_rules"]["allowed_headers"]["patterns"]}
    assert {":method", ":path", ":status", "content-type", "content-encoding", "retry-after"} == shown


@pytest.mark.parametrize(("workers", "cluster"), [(1, "extproc"), (3, "extproc.same")])
def test_several_workers_can_be_called_by_their_sockets(workers: int, cluster: str) -> None:
    """A single one needs no cluster for that."""
    sockets = tuple(f"/run/x/{number}.sock" for number in range(workers))
    found = clusters(a_snapshot(RetryPolicy()), sockets)

    attempt = filters(found["one.twin"])[1]["typed_config"]
    assert cluster == attempt["grpc_service"]["envoy_grpc"]["cluster_name"]
    assert ("extproc.same" in found) is (workers > 1)


def test_each_policy_has_a_route_by_its_id_and_the_default_one_too() -> None:
    """The clusters are the request's own; without a list it reaches nobody."""
    policy = RetryPolicy(status_codes=(418,))
    names, (decided, first, second, undecided) = whole(a_snapshot(policy))

    assert ("decided", "undecided") == (decided["name"], undecided["name"])
    assert {"one.first", "two.twin"} < names

    for route, expected in ((first, RetryPolicy()), (second, policy)):
        assert f"ranked-{expected.id}" == route["name"]
        (header,) = route["match"]["headers"]
        assert ("x-plano-int-retry", expected.id) == (header["name"], header["string_match"]["exact"])
        assert list(expected.status_codes) == route["route"]["retry_policy"]["retriable_status_codes"]
        plugin = route["route"]["inline_cluster_specifier_plugin"]["extension"]["typed_config"]
        assert "plano.order" == plugin["override_metadata_namespace"]
        assert [{"cluster_name": "nowhere", "weight": 1}] == plugin["priority_groups"][0]["clusters"]
        assert "cluster" not in route["route"]


@pytest.mark.parametrize(
    ("policy", "listeners", "waits"),
    [
        (RetryPolicy(("two/m",)), 0, ("0.001s", "0.001s")),
        (RetryPolicy(("two/m",)), 2, ("0.100s", "5s")),
        (RetryPolicy(strategy="same_model", backoff_base_s=0.2, backoff_max_s=1), 0, ("0.200s", "1s")),
    ],
    ids=["another target", "a listener's retries", "the same target"],
)
def test_only_the_same_target_is_waited_for(
    policy: RetryPolicy, listeners: int, waits: tuple[str, str]
) -> None:
    back_off = retries(policy, listeners)["retry_back_off"]

    assert waits == (back_off["base_interval"], back_off["max_interval"])


@pytest.mark.parametrize(
    ("policy", "waited"),
    [
        (RetryPolicy(strategy="same_model"), True),
        (RetryPolicy(strategy="same_model", respect_retry_after=False), False),
        (RetryPolicy(("two/m",)), False),
        (RetryPolicy(("two/m",), "same_model"), False),
    ],
)
def test_a_retry_after_is_waited_for_only_where_no_other_target_is_left(
    policy: RetryPolicy, waited: bool
) -> None:
    assert waited is ("rate_limited_retry_back_off" in retries(policy))


def test_an_attempt_has_a_limit_only_where_the_policy_has() -> None:
    """By default none: a long answer would be cut, and paid twice."""
    limited = retries(RetryPolicy(per_try_timeout_s=30, per_try_idle_timeout_s=0.5))

    assert {"per_try_timeout", "per_try_idle_timeout"}.isdisjoint(retries(RetryPolicy()))
    assert ("30s", "0.500s") == (limited["per_try_timeout"], limited["per_try_idle_timeout"])
