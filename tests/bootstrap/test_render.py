"""The bootstrap as data: what of a snapshot ends where."""

import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.bootstrap.render import render
from extproc.config.secret import SecretRef
from extproc.config.snapshot import DownstreamTls, Listener, Snapshot
from extproc.testing.builders import a_listener
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_upstream


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


def test_only_model_listeners_are_rendered() -> None:
    others = [replace(a_listener(kind), kind=kind) for kind in ("agent", "prompt")]
    snapshot = replace(a_snapshot_of(), listeners=(a_listener("models"), *others))

    assert ["models"] == [
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
