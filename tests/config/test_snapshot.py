"""What a config comes to: listeners, providers, and the ways to reach them."""

from itertools import permutations
from pathlib import Path

import pytest

from extproc.config.load import loads
from extproc.config.secret import SecretRef
from extproc.config.secrets import literal
from extproc.config.snapshot import Listener, Provider, Upstream
from extproc.limits import BODY_BYTES_MAX
from extproc.providers.profile import AuthStyle
from tests.config.reading import ENVIRON, PLAIN, PROVIDER, load, plus, with_listeners, with_providers

KEY = SecretRef("env", "OPENAI_API_KEY")


def providers(entries: str) -> tuple[Provider, ...]:
    return load(with_providers(entries)).snapshot.providers


def upstream(entry: str) -> Upstream:
    return providers(f"- {{{entry}}}")[0].upstream


def clusters(entries: str) -> list[str]:
    return [provider.upstream.cluster for provider in providers(entries)]


def test_a_known_provider_is_reached_at_its_own_host() -> None:
    """TLS on 443, as its profile says."""
    expected = Upstream(
        cluster="openai_api.openai.com_443",
        host="api.openai.com",
        port=443,
        tls=True,
        authority="api.openai.com",
        auth=AuthStyle.BEARER,
        credential=KEY,
    )

    assert expected == upstream("model: openai/gpt-4o, access_key: $OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("entry", "host", "port", "tls", "authority"),
    [
        ("model: vercel/*", "ai-gateway.vercel.sh", 443, True, "ai-gateway.vercel.sh"),
        ("model: openrouter/*", "openrouter.ai", 443, True, "openrouter.ai"),
        ("model: edenai/*", "api.edenai.run", 443, True, "api.edenai.run"),
        ("model: ollama/*, base_url: http://localhost:11434", "localhost", 11434, False, "localhost:11434"),
        ("model: ollama/*, base_url: http://h", "h", 80, False, "h"),
        ("model: ollama/*, base_url: https://h:8443/v1", "h", 8443, True, "h:8443"),
        ("model: ollama/*, base_url: 'http://[::1]:8080/v1'", "::1", 8080, False, "[::1]:8080"),
        ("model: ollama/*, base_url: http://10.0.0.1, http_host: x.y", "10.0.0.1", 80, False, "x.y"),
        ("model: ollama/*, base_url: http://h, http_host: 'x.y:1'", "h", 80, False, "x.y:1"),
        ("model: openai/*, http_host: proxy.example", "api.openai.com", 443, True, "proxy.example"),
        ("model: openai/*, base_url: $BASE", "b", 7, False, "b:7"),
    ],
)
def test_where_a_provider_is(entry: str, host: str, port: int, tls: bool, authority: str) -> None:
    """From ``base_url``, else from the profile; ``http_host`` for the Host header and TLS."""
    text = with_providers(f"- {{{entry}, passthrough_auth: true}}")
    found = load(text, {"BASE": "http://b:7"}).snapshot.providers[0].upstream

    assert (host, port, tls, authority) == (found.host, found.port, found.tls, found.authority)


@pytest.mark.parametrize(
    ("entry", "base_path"),
    [
        ("model: openai/a", None),
        ("model: openai/a, base_url: https://h", None),
        ("model: openai/a, base_url: https://h/", None),
        ("model: openai/a, base_url: https://h/api/v2/", "/api/v2"),
    ],
)
def test_the_path_of_a_base_url_is_kept(entry: str, base_path: str | None) -> None:
    """Without it, the path is the provider's own."""
    assert base_path == providers(f"- {{{entry}, passthrough_auth: true}}")[0].base_path


@pytest.mark.parametrize(
    ("entry", "auth", "credential"),
    [
        ("model: openai/a, access_key: $OPENAI_API_KEY", AuthStyle.BEARER, KEY),
        ("model: anthropic/a, access_key: $OPENAI_API_KEY", AuthStyle.X_API_KEY, KEY),
        (
            "model: azure_openai/a, base_url: https://h, access_key: $OPENAI_API_KEY",
            AuthStyle.API_KEY,
            KEY,
        ),
        ("model: openai/a, access_key: sk-x", AuthStyle.BEARER, literal("sk-x")),
        ("model: openai/a", AuthStyle.BEARER, None),
        ("model: openai/a, access_key: sk-x, passthrough_auth: true", AuthStyle.BEARER, None),
    ],
)
def test_whose_credential_a_provider_gets(entry: str, auth: AuthStyle, credential: SecretRef | None) -> None:
    """``None``: the client's."""
    found = upstream(entry)

    assert (auth, credential) == (found.auth, found.credential)


def test_headers_are_lower_case_references_in_order() -> None:
    """A plain value is a reference too, to itself."""
    found = upstream("model: openai/a, access_key: k, headers: {X-B: Bearer $OPENAI_API_KEY, X-A: plain}")

    expected = (("x-a", literal("plain")), ("x-b", SecretRef("env", "OPENAI_API_KEY", prefix="Bearer ")))
    assert expected == found.headers


def test_a_custom_name_changes_neither_prefix_nor_model() -> None:
    """In Plano it changed what a wildcard matches."""
    found = providers("- {model: openai/*, name: everything, access_key: k}")[0]

    assert ("everything", "openai", "*", True) == (found.name, found.prefix, found.model, found.wildcard)


def test_the_prefix_is_as_written_whatever_the_provider_is_called() -> None:
    """Clients ask for ``google/…`` where the config says so."""
    found = providers("- {model: google/gemini-2.5-pro, access_key: k}")[0]

    assert ("google", "gemini", "google/gemini-2.5-pro") == (found.prefix, found.profile.id, found.name)


def test_a_provider_of_ones_own_has_no_catalogue() -> None:
    """It speaks like OpenAI and has other models."""
    entry = "model: own/*, base_url: http://h, provider_interface: openai, access_key: k"
    found = providers(f"- {{{entry}}}")[0]

    assert ("openai", None) == (found.profile.id, found.profile.catalogue)


@pytest.mark.parametrize(("written", "version"), [("", None), (", api_version: '1'", "1")])
def test_the_version_of_azures_api_is_kept(written: str, version: str | None) -> None:
    """Its default depends on the path, and is not decided here."""
    entry = f"model: azure_openai/a, base_url: https://h, access_key: k{written}"

    assert version == providers(f"- {{{entry}}}")[0].api_version


def test_providers_reached_in_one_way_share_a_cluster() -> None:
    """Two models of one provider, and another id that comes to the same."""
    assert ["openai_h_80"] * 3 == clusters(
        "- {model: openai/a, base_url: http://h, access_key: k}\n"
        "- {model: openai/b, base_url: http://h/other/path, access_key: k}\n"
        "- {model: own/*, base_url: http://h:80, provider_interface: openai, access_key: k}\n"
    )


def test_ports_tell_clusters_apart() -> None:
    """Plano's two servers on one host became one."""
    assert ["ollama_h_1", "ollama_h_2"] == clusters(
        "- {model: ollama/a, base_url: http://h:1, access_key: k}\n"
        "- {model: ollama/b, base_url: http://h:2, access_key: k}\n"
    )


DIFFERENT = (
    "{model: openai/a, access_key: k}",
    "{model: openai/b, access_key: other}",
    "{model: openai/c, passthrough_auth: true}",
    "{model: openai/d, access_key: k, headers: {x-a: '1'}}",
    "{model: openai/e, access_key: k, headers: {x-a: '2'}}",
    "{model: openai/f, access_key: k, http_host: other.host}",
    "{model: openai/g, access_key: k, base_url: 'http://api.openai.com:443'}",
)


def test_credentials_headers_host_and_tls_tell_clusters_apart() -> None:
    """Each is set by the cluster."""
    names = clusters("\n".join(f"- {entry}" for entry in DIFFERENT))

    assert len(DIFFERENT) == len(set(names))
    assert all(name.startswith("openai_api.openai.com_443_") for name in names)


def test_a_clusters_name_does_not_depend_on_the_order_of_entries() -> None:
    """A reload that only moves entries must not move clusters."""
    names = {
        frozenset(
            (provider.name, provider.upstream.cluster)
            for provider in providers("\n".join(f"- {entry}" for entry in order))
        )
        for order in permutations(DIFFERENT[:4])
    }

    assert 1 == len(names)


def test_a_clusters_name_has_no_character_that_envoy_stats_would_split() -> None:
    """Colons of an IPv6 address."""
    assert ["ollama_--1_8080"] == clusters(
        "- {model: ollama/a, base_url: 'http://[::1]:8080', access_key: k}"
    )


def test_a_listener_has_defaults() -> None:
    """No time limit unless one is set: a long answer is no fault."""
    expected = Listener(
        name="llm",
        kind="model",
        address="0.0.0.0",
        port=12000,
        timeout_s=None,
        max_retries=0,
        max_body_bytes=BODY_BYTES_MAX,
    )

    assert (expected,) == load(with_listeners("- {name: llm, type: model}")).snapshot.listeners


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("300s", 300.0),
        ("1.5s", 1.5),
        ("500ms", 0.5),
        ("5m", 300.0),
        ("2h", 7200.0),
        ("0s", None),
        ("$T", 7.0),
    ],
)
def test_a_listeners_time_limit(written: str, seconds: float | None) -> None:
    """0s is no limit, as in Envoy."""
    text = with_listeners(f"- {{name: llm, type: model, timeout: {written}}}")

    assert seconds == load(text, {**ENVIRON, "T": "7s"}).snapshot.listeners[0].timeout_s


def test_what_a_listener_says_is_kept() -> None:
    """Address, port, retries, body limit."""
    entry = "{name: l, type: model, address: '::1', port: 80, max_retries: 3, max_body_bytes: 10}"
    found = load(with_listeners(f"- {entry}")).snapshot.listeners[0]

    assert ("::1", 80, 3, 10) == (found.address, found.port, found.max_retries, found.max_body_bytes)


@pytest.mark.parametrize("listeners", ["", "listeners: []\n", "listeners: {}\n"])
def test_without_a_model_listener_one_is_added(listeners: str) -> None:
    """As Plano does."""
    found = load(f"version: v0.4.0\n{listeners}{PROVIDER}").snapshot.listeners

    assert [("egress_traffic", "model", "0.0.0.0", 12000)] == [
        (listener.name, listener.kind, listener.address, listener.port) for listener in found
    ]


def test_the_added_listener_takes_no_name_that_is_taken() -> None:
    """Names are unique."""
    text = with_listeners("- {name: egress_traffic, type: prompt}")

    assert ["egress_traffic", "egress_traffic_models"] == [
        listener.name for listener in load(text).snapshot.listeners
    ]


def test_the_mapping_form_of_listeners_is_translated() -> None:
    """v0.1: each section that is there becomes a listener."""
    text = (
        f"version: v0.1\n{PROVIDER}listeners:\n"
        "  ingress_traffic: {address: 127.0.0.1, timeout: 10s}\n"
        "  egress_traffic: {port: 12345, message_format: openai}\n"
    )

    assert [
        ("ingress_traffic", "prompt", "127.0.0.1", 10000, 10.0),
        ("egress_traffic", "model", "0.0.0.0", 12345, None),
    ] == [
        (item.name, item.kind, item.address, item.port, item.timeout_s)
        for item in load(text).snapshot.listeners
    ]


def test_agents_are_described_where_they_are_defined_or_where_they_are_used() -> None:
    """The listener's own words win; the definition's are the default."""
    text = with_listeners(
        """
        - name: one
          type: agent
          address: 10.0.0.1
          port: 8001
          agents: [{id: a}, {id: b, description: used, examples: [x], default: true, input_filters: [a]}]
        """,
        "agents: [{id: a, url: http://a/x, description: defined}, {id: b, url: http://b, description: x}]",
    )
    snapshot = load(text).snapshot
    listener = snapshot.listeners[0]

    assert [("a", "http://a/x"), ("b", "http://b")] == [(agent.id, agent.url) for agent in snapshot.agents]
    assert ["defined", "used"] == [agent.description for agent in listener.agents]
    assert (True, ("a",), ("x",)) == (
        listener.agents[1].default,
        listener.agents[1].input_filters,
        listener.agents[1].examples,
    )
    assert "10.0.0.1" == listener.address


def test_overrides_reach_the_snapshot(tmp_path: Path) -> None:
    """Files start at the config's directory."""
    (tmp_path / "ca.pem").touch()
    text = plus("overrides: {upstream_connect_timeout: 250ms, upstream_tls_ca_path: ca.pem}")
    snapshot = loads(text, ENVIRON, directory=tmp_path).snapshot

    assert (0.25, str(tmp_path / "ca.pem")) == (snapshot.connect_timeout_s, snapshot.upstream_ca_path)


def test_without_overrides_there_are_defaults() -> None:
    """Five seconds, and Debian's file of CAs."""
    snapshot = load(PLAIN).snapshot

    assert (5.0, "/etc/ssl/certs/ca-certificates.crt") == (
        snapshot.connect_timeout_s,
        snapshot.upstream_ca_path,
    )


def test_the_tenant_header_is_known() -> None:
    """It is the client's to send."""
    text = plus("routing: {session_cache: {tenant_header: X-Tenant}}")

    assert "x-tenant" == load(text).snapshot.tenant_header


def test_a_snapshot_shows_no_secret() -> None:
    """It may be logged."""
    entry = "{model: openai/a, access_key: sk-hidden-1, headers: {x-token: sk-hidden-2}}"
    loaded = load(with_providers(f"- {entry}"))

    assert "sk-hidden" not in repr(loaded)


def test_a_snapshot_has_its_generation() -> None:
    """Reloads count it up."""
    assert 7 == loads(PLAIN, ENVIRON, generation=7).snapshot.generation
