"""The bootstrap in parts: nothing is lost, and what a config may change is not in a listener."""

import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.bootstrap.dynamic import Resources, divide, files
from extproc.bootstrap.ext_proc import FILTER
from extproc.bootstrap.render import render
from extproc.config.snapshot import DownstreamTls, Listener, ListenerAgent, Snapshot
from extproc.testing.builders import a_listener, a_provider, a_snapshot
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_agent_at, an_upstream

WITH_WAY_OUT = replace(OPTIONS, outbound_socket="/run/x/outbound.sock")


def divided(snapshot: Snapshot) -> tuple[dict[str, Any], Resources]:
    return divide(render(snapshot, WITH_WAY_OUT), "/etc/x/envoy")


def with_listeners(*listeners: Listener) -> Snapshot:
    return replace(a_snapshot_of(an_upstream("a")), listeners=listeners)


def test_what_every_config_has_stays_in_the_bootstrap() -> None:
    fixed, _ = divided(with_listeners(a_listener("one")))

    static = fixed["static_resources"]
    assert ["outbound"] == [listener["name"] for listener in static["listeners"]]
    assert ["extproc", "nowhere"] == [cluster["name"] for cluster in static["clusters"]]


def test_no_config_changes_it() -> None:
    one, _ = divided(with_listeners(a_listener("one")))
    other, _ = divided(replace(a_snapshot(a_provider("anthropic/claude")), listeners=(a_listener("other"),)))

    assert json.dumps(one) == json.dumps(other)


def test_everything_else_is_in_a_file() -> None:
    snapshot = replace(
        with_listeners(a_listener("one"), a_listener("two", port=1)),
        agents=(an_agent_at("agent", ("127.0.0.1", 1)),),
    )
    _, resources = divided(snapshot)

    assert (["a", "agent"], ["one", "two"]) == (list(resources.clusters), list(resources.listeners))
    assert (["one", "two"], [("one", FILTER), ("two", FILTER)]) == (
        list(resources.routes),
        list(resources.filters),
    )


def test_each_resource_says_what_it_is() -> None:
    _, resources = divided(with_listeners(a_listener("one")))

    kinds = {
        resource["@type"].rsplit(".", 1)[1]
        for group in (resources.clusters, resources.listeners, resources.routes, resources.filters)
        for resource in group.values()
    }
    assert {"Cluster", "Listener", "RouteConfiguration", "TypedExtensionConfig"} == kinds


@pytest.mark.parametrize(
    "changed",
    [
        replace(a_listener("one"), timeout_s=3.0),
        replace(a_listener("one"), max_retries=3),
        replace(a_listener("one"), max_body_bytes=1),
    ],
)
def test_a_listener_keeps_its_text_where_only_its_routes_change(changed: Listener) -> None:
    """Envoy then leaves it, and the connections to it, alone."""
    _, before = divided(with_listeners(a_listener("one")))
    _, after = divided(with_listeners(changed))

    assert before.listeners == after.listeners
    assert before.routes != after.routes


def test_a_listener_keeps_its_text_where_its_workers_are_shown_more() -> None:
    agents = tuple(an_agent_at(name, ("127.0.0.1", 1), passthrough_auth=name == "b") for name in "ab")
    plain = replace(a_listener("one"), kind="agent", agents=(ListenerAgent("a", "d"),))
    trusting = replace(plain, agents=(ListenerAgent("a", "d"), ListenerAgent("b", "d")))
    _, before = divided(replace(with_listeners(plain), agents=agents))
    _, after = divided(replace(with_listeners(trusting), agents=agents))

    assert before.listeners == after.listeners
    assert before.filters != after.filters


@pytest.mark.parametrize(
    "changed",
    [
        replace(a_listener("one"), port=1),
        replace(a_listener("one"), address="::1"),
        replace(a_listener("one"), tls=DownstreamTls("/c.pem", "/k.pem")),
    ],
)
def test_a_listener_changes_where_it_must(changed: Listener) -> None:
    _, before = divided(with_listeners(a_listener("one")))
    _, after = divided(with_listeners(changed))

    assert before.listeners != after.listeners


def test_every_file_that_is_named_is_there() -> None:
    fixed, resources = divided(with_listeners(a_listener("one"), a_listener("a/b: ü" * 60, port=1)))

    named = {path.removeprefix("/etc/x/envoy/") for path in paths([fixed, *resources.listeners.values()])}
    assert named == set(files(resources))
    assert {True} == {len(name) < 200 and "/" not in name for name in named}


def paths(value: Any) -> set[str]:
    """Every path of a resource file in a JSON value."""
    match value:
        case {"path_config_source": {"path": path}} if path.startswith("/etc/x/envoy/"):
            return {path}
        case dict():
            return set().union(*map(paths, value.values()))
        case list():
            return set().union(*map(paths, value))
        case _:
            return set()


def test_a_file_knows_how_envoy_counts_it() -> None:
    """With the name as Envoy has it in statistics."""
    _, resources = divided(with_listeners(a_listener("we: here")))

    assert {
        "cluster_manager.cds",
        "listener_manager.lds",
        "http.we_ here.rds.we_ here",
        f"extension_config_discovery.http_filter.{FILTER}",
    } == {file.subscription for file in files(resources).values()}
