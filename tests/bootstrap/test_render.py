"""The bootstrap as data: what of a snapshot ends where."""

import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.bootstrap.render import render
from extproc.config.secret import SecretRef
from extproc.config.snapshot import DownstreamTls, Listener, ListenerAgent, Snapshot
from extproc.testing.builders import a_listener
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_agent_at, an_upstream


def rendered(snapshot: Snapshot) -> dict[str, Any]:
    return render(snapshot, OPTIONS)


def manager(listener: Listener) -> dict[str, Any]:
    """The HTTP connection manager of `listener`."""
    bootstrap = rendered(a_snapshot_of(listener=listener))
    (envoy_listener,) = bootstrap["static_resources"]["listeners"]
    config: dict[str, Any] = envoy_listener["filter_chains"][0]["filters"][0]["typed_config"]
    return config


def routes(listener: Listener) -> dict[str, dict[str, Any]]:
    """Routes by name."""
    (host,) = manager(listener)["route_config"]["virtual_hosts"]
    return {route["name"]: route for route in host["routes"]}


def test_the_same_snapshot_gives_the_same_text() -> None:
    snapshot = a_snapshot_of(an_upstream("a"), an_upstream("b"))

    assert json.dumps(rendered(snapshot)) == json.dumps(rendered(snapshot))


def test_prompt_listeners_are_not_rendered() -> None:
    others = [replace(a_listener(kind), kind=kind) for kind in ("agent", "prompt")]
    snapshot = replace(a_snapshot_of(), listeners=(a_listener("models"), *others))

    assert ["models", "agent"] == [
        listener["name"] for listener in rendered(snapshot)["static_resources"]["listeners"]
    ]


def test_listeners_differ_only_in_name_address_and_routes() -> None:
    """So that a change of config that keeps its listeners never touches an Envoy listener."""
    one = manager(a_listener("models"))
    other = manager(replace(a_listener("models"), timeout_s=5.0, max_retries=3, max_body_bytes=1024))

    assert {"route_config"} == {key for key in one if one[key] != other[key]}


def test_providers_with_one_upstream_share_its_cluster() -> None:
    snapshot = a_snapshot_of(an_upstream("a"), an_upstream("b"), an_upstream("a"))

    names = [cluster["name"] for cluster in rendered(snapshot)["static_resources"]["clusters"]]
    assert ["a", "b", "extproc", "nowhere"] == names


def test_admin_listens_on_loopback() -> None:
    address = rendered(a_snapshot_of())["admin"]["address"]["socket_address"]

    assert {"address": "127.0.0.1", "port_value": 9901} == address


def test_every_worker_is_an_endpoint() -> None:
    clusters = rendered(a_snapshot_of())["static_resources"]["clusters"]
    (extproc,) = (cluster for cluster in clusters if cluster["name"] == "extproc")

    (locality,) = extproc["load_assignment"]["endpoints"]
    paths = [member["endpoint"]["address"]["pipe"]["path"] for member in locality["lb_endpoints"]]
    assert list(OPTIONS.extproc_sockets) == paths


def test_no_secret_is_rendered_literal_or_not() -> None:
    literal = SecretRef("literal", "d1", literal="sk-literal-secret")
    upstream = an_upstream(
        credential=literal, headers=(("x-token", replace(literal, literal="other-secret")),)
    )

    text = json.dumps(rendered(a_snapshot_of(upstream)))
    assert [] == [secret for secret in ("sk-literal-secret", "other-secret") if secret in text]
    assert "/etc/x/secrets/acme%2Fx-token.sds.json" in text


@pytest.mark.parametrize(("timeout_s", "expected"), [(None, "0s"), (2.5, "2.500s"), (600.0, "600s")])
def test_a_listeners_timeout_is_that_of_the_decided_route(timeout_s: float | None, expected: str) -> None:
    decided = routes(replace(a_listener(), timeout_s=timeout_s))["decided"]

    assert expected == decided["route"]["timeout"]


def test_no_retries_means_no_retry_policy() -> None:
    assert "retry_policy" not in routes(a_listener())["decided"]["route"]


def test_retries_are_those_of_the_listener() -> None:
    decided = routes(replace(a_listener(), max_retries=4))["decided"]

    assert 4 == decided["route"]["retry_policy"]["num_retries"]


def test_the_body_limit_is_on_both_routes() -> None:
    """The one that counts is that of the route matched first; the other is what a retry may hold."""
    limits = {
        name: (
            route["request_body_buffer_limit"],
            route["metadata"]["filter_metadata"]["plano"]["body_limit"],
        )
        for name, route in routes(replace(a_listener(), max_body_bytes=1536)).items()
    }

    assert {"decided": (1536, "1536 bytes"), "undecided": (1536, "1536 bytes")} == limits


def test_a_request_without_a_decision_has_nowhere_to_go() -> None:
    clusters = rendered(a_snapshot_of())["static_resources"]["clusters"]

    assert "nowhere" == routes(a_listener())["undecided"]["route"]["cluster"]
    assert [False] == ["load_assignment" in cluster for cluster in clusters if cluster["name"] == "nowhere"]


def test_a_listener_may_ask_clients_for_certificates() -> None:
    listener = replace(a_listener(), tls=DownstreamTls("/c.pem", "/k.pem", "/ca.pem"))
    (envoy_listener,) = rendered(a_snapshot_of(listener=listener))["static_resources"]["listeners"]

    context = envoy_listener["filter_chains"][0]["transport_socket"]["typed_config"]
    assert context["require_client_certificate"] is True
    assert {"filename": "/ca.pem"} == context["common_tls_context"]["validation_context"]["trusted_ca"]
    assert ["h2", "http/1.1"] == context["common_tls_context"]["alpn_protocols"]


def test_without_a_client_ca_no_certificate_is_asked_for() -> None:
    listener = replace(a_listener(), tls=DownstreamTls("/c.pem", "/k.pem"))
    (envoy_listener,) = rendered(a_snapshot_of(listener=listener))["static_resources"]["listeners"]

    context = envoy_listener["filter_chains"][0]["transport_socket"]["typed_config"]
    assert "require_client_certificate" not in context
    assert "validation_context" not in context["common_tls_context"]


def test_agents_are_clusters_after_the_providers() -> None:
    """Also those that no listener names: they may be filters."""
    agents = (an_agent_at("one", ("127.0.0.1", 1)), an_agent_at("two", ("::1", 1), ("10.0.0.1", 2)))
    clusters = rendered(replace(a_snapshot_of(an_upstream("a")), agents=agents))["static_resources"][
        "clusters"
    ]

    assert [("a", None), ("one", "RING_HASH"), ("two", "RING_HASH")] == [
        (cluster["name"], cluster.get("lb_policy")) for cluster in clusters[:3]
    ]
    assert ["STATIC"] * 3 == [cluster["type"] for cluster in clusters[:3]]


def test_an_agent_with_a_name_is_looked_up_for_all_its_addresses() -> None:
    """One by name is enough to look up all."""
    agent = an_agent_at("a", ("127.0.0.1", 1), ("agents.example", 80))
    made = rendered(replace(a_snapshot_of(), agents=(agent,)))["static_resources"]["clusters"][0]

    assert "envoy.clusters.dns" == made["cluster_type"]["name"]
    assert "all_addresses_in_single_endpoint" not in made["cluster_type"]["typed_config"]


def test_an_agents_certificate_is_for_the_host_of_its_url() -> None:
    """Whichever replica answers."""
    agent = an_agent_at("a", ("10.0.0.1", 443), ("10.0.0.2", 443))
    assert agent.upstream is not None
    upstream = replace(agent.upstream, tls=True, authority="agents.example:8443")
    snapshot = replace(a_snapshot_of(), agents=(replace(agent, upstream=upstream),))
    made = rendered(snapshot)["static_resources"]["clusters"][0]

    (locality,) = made["load_assignment"]["endpoints"]
    assert "agents.example" == made["transport_socket"]["typed_config"]["sni"]
    assert ["agents.example:8443"] * 2 == [
        member["endpoint"]["hostname"] for member in locality["lb_endpoints"]
    ]


@pytest.mark.parametrize(
    ("agents", "hidden"),
    [
        (("trusted",), True),
        (("plain", "other"), True),
        (("plain", "trusted"), False),
    ],
)
def test_workers_are_shown_credentials_only_for_agents_that_they_call(
    agents: tuple[str, ...], hidden: bool
) -> None:
    """One alone is called by Envoy, which has the headers."""
    known = tuple(
        an_agent_at(name, ("127.0.0.1", 1), passthrough_auth=name == "trusted")
        for name in ("plain", "other", "trusted")
    )
    listener = replace(
        a_listener("l"), kind="agent", agents=tuple(ListenerAgent(name, "d") for name in agents)
    )
    snapshot = replace(a_snapshot_of(listener=listener), agents=known)
    (envoy_listener,) = rendered(snapshot)["static_resources"]["listeners"]

    filters = envoy_listener["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"]
    (ext_proc,) = (item for item in filters if item["name"].startswith("envoy.filters.http.ext_proc"))
    patterns = ext_proc["typed_config"]["forward_rules"]["disallowed_headers"]["patterns"]
    names = {pattern["exact"] for pattern in patterns}
    assert hidden == {"authorization", "x-api-key", "api-key", "cookie"}.issubset(names)
    assert "proxy-authorization" in names


def test_the_way_out_is_there_where_it_has_a_place() -> None:
    """After the listeners for clients."""
    options = replace(OPTIONS, outbound_socket="/run/x/outbound.sock")
    listeners = render(a_snapshot_of(), options)["static_resources"]["listeners"]

    assert ["models", "outbound"] == [listener["name"] for listener in listeners]
    assert {"path": "/run/x/outbound.sock", "mode": 0o600} == listeners[1]["address"]["pipe"]
