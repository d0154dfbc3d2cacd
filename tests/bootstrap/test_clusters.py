"""A provider's cluster: its address, its name, and the filters in front of it."""

from dataclasses import replace
from typing import Any

import pytest

from extproc import headers as names
from extproc.bootstrap.clusters import provider_cluster, server_name
from extproc.bootstrap.typed import to_json
from extproc.config.secret import SecretRef
from extproc.config.snapshot import AwsSigning, Upstream
from extproc.providers.profile import AuthStyle
from tests.bootstrap.values import OPTIONS, a_snapshot_of, an_upstream


def cluster(upstream: Upstream, tenant: str | None = None) -> dict[str, Any]:
    snapshot = replace(a_snapshot_of(upstream), tenant_header=tenant)
    return to_json(provider_cluster(upstream, snapshot, OPTIONS))


def filters(upstream: Upstream, tenant: str | None = None) -> dict[str, dict[str, Any]]:
    """HTTP filters by name, in order, without Envoy's part of the name."""
    (options,) = cluster(upstream, tenant)["typed_extension_protocol_options"].values()
    return {
        item["name"].removeprefix("envoy.filters.http."): item["typed_config"]
        for item in options["http_filters"]
    }


@pytest.mark.parametrize("host", ["10.0.0.1", "::1"])
def test_an_address_is_not_looked_up(host: str) -> None:
    made = cluster(an_upstream(host=host))

    assert ("STATIC", None) == (made["type"], made.get("cluster_type"))


def test_a_name_is_looked_up() -> None:
    made = cluster(an_upstream(host="api.example.com"))

    assert (None, "envoy.clusters.dns") == (made.get("type"), made["cluster_type"]["name"])


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("api.example.com", "api.example.com"),
        ("api.example.com:8443", "api.example.com"),
        ("API.example.com", "api.example.com"),
        ("10.0.0.1:8443", "10.0.0.1"),
        ("[::1]:8443", "::1"),
    ],
)
def test_the_servers_name_has_no_port(authority: str, name: str) -> None:
    assert name == server_name(an_upstream(authority=authority))


def test_a_name_is_asked_for_and_verified() -> None:
    made = cluster(an_upstream(host="10.0.0.1", tls=True, authority="api.example.com:8443"))

    context = made["transport_socket"]["typed_config"]
    assert ("api.example.com", True) == (context["sni"], context["auto_sni_san_validation"])
    assert "TLSv1_2" == context["common_tls_context"]["tls_params"]["tls_minimum_protocol_version"]


def test_an_address_is_verified_and_not_asked_for() -> None:
    context = cluster(an_upstream(tls=True, authority="10.0.0.1"))["transport_socket"]["typed_config"]

    validation = context["common_tls_context"]["validation_context"]
    assert "sni" not in context
    assert [{"san_type": "IP_ADDRESS", "matcher": {"exact": "10.0.0.1"}}] == (
        validation["match_typed_subject_alt_names"]
    )


def test_the_host_header_is_the_authority() -> None:
    made = cluster(an_upstream(authority="gateway.example:81"))

    (member,) = made["load_assignment"]["endpoints"][0]["lb_endpoints"]
    assert "gateway.example:81" == member["endpoint"]["hostname"]


TOKEN = (("x-token", SecretRef("env", "TOKEN")),)
SIGNING = AwsSigning("us-east-1")


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        (an_upstream(), ["credential_injector/authorization"]),
        (
            an_upstream(auth=AuthStyle.X_API_KEY),
            ["header_mutation/anthropic_version", "credential_injector/x-api-key"],
        ),
        (an_upstream(auth=AuthStyle.API_KEY), ["credential_injector/api-key"]),
        (an_upstream(credential=None), ["header_mutation/client_credentials", "lua/own_credential"]),
        (
            an_upstream(headers=TOKEN),
            ["credential_injector/authorization", "credential_injector/x-token"],
        ),
        (
            an_upstream(credential=None, headers=TOKEN),
            ["header_mutation/client_credentials", "lua/own_credential", "credential_injector/x-token"],
        ),
        (an_upstream(aws=SIGNING, headers=TOKEN), ["credential_injector/x-token", "aws_request_signing"]),
    ],
)
def test_filters_take_away_then_add_then_sign_and_send(upstream: Upstream, expected: list[str]) -> None:
    assert ["header_mutation/clean", *expected, "upstream_codec"] == list(filters(upstream))


def test_every_cluster_takes_the_same_away() -> None:
    """Else what one attempt's cluster set would reach the next one's provider."""
    made = [filters(an_upstream(auth=auth, credential=None))["header_mutation/clean"] for auth in AuthStyle]

    assert [made[0]] * len(made) == made


def test_the_tenant_header_is_for_us() -> None:
    clean = filters(an_upstream(), tenant="X-Org")["header_mutation/clean"]

    assert {"remove": "X-Org"} in clean["mutations"]["request_mutations"]


@pytest.mark.parametrize(
    "name", [*names.CREDENTIALS, *names.CLIENT_API, *names.PLANO_INTERNAL, names.CLUSTER]
)
def test_nothing_of_ours_is_for_a_provider(name: str) -> None:
    mutations = filters(an_upstream())["header_mutation/clean"]["mutations"]["request_mutations"]

    exact = {mutation["remove"] for mutation in mutations if "remove" in mutation}
    prefixes = [
        mutation["remove_on_match"]["key_matcher"]["prefix"]
        for mutation in mutations
        if "remove_on_match" in mutation
    ]
    assert name in exact or name.startswith(tuple(prefixes))
