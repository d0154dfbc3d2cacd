"""Values for these tests: what a test is about is named, everything else is ordinary."""

from dataclasses import replace

from extproc.bootstrap.options import RenderOptions
from extproc.config.secret import SecretRef
from extproc.config.snapshot import (
    Agent,
    AgentUpstream,
    AwsKeys,
    AwsSigning,
    Listener,
    Provider,
    Snapshot,
    Upstream,
)
from extproc.providers.profile import AuthStyle
from extproc.testing.builders import a_listener, a_provider

KEY = SecretRef("env", "ACME_KEY")
OPTIONS = RenderOptions(
    extproc_sockets=("/run/x/extproc-0.sock", "/run/x/extproc-1.sock"),
    secrets_dir="/etc/x/secrets",
    admin_port=9901,
    access_log_path="/var/log/x.json",
)
ENVIRON = {
    "ACME_KEY": "sk-acme-secret",
    "TEAM_TOKEN": "team-secret",
    "AWS_ID": "AKIDEXAMPLE",
    "AWS_SECRET": "wJalr/XUtn#FEMI+K7MDENG=bPx",
    "AWS_TOKEN": "FwoG/tok+en==",
}
AWS_KEYS = AwsKeys(SecretRef("env", "AWS_ID"), SecretRef("env", "AWS_SECRET"), SecretRef("env", "AWS_TOKEN"))


def an_upstream(
    cluster: str = "acme",
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    tls: bool = False,
    authority: str | None = None,
    auth: AuthStyle = AuthStyle.BEARER,
    credential: SecretRef | None = KEY,
    headers: tuple[tuple[str, SecretRef], ...] = (),
    aws: AwsSigning | None = None,
) -> Upstream:
    """A provider's endpoint: plain HTTP on loopback, with a key, or with signatures for AWS."""
    credential = None if aws else credential
    return Upstream(cluster, host, port, tls, authority or f"{host}:{port}", auth, credential, headers, aws)


def a_snapshot_of(*upstreams: Upstream, listener: Listener | None = None) -> Snapshot:
    """One model listener, and a provider for each of `upstreams`."""
    return Snapshot(
        generation=1,
        listeners=(listener or a_listener(),),
        providers=tuple(map(_provider, upstreams)),
        aliases={},
    )


def an_agent_at(agent_id: str, *addresses: tuple[str, int], passthrough_auth: bool = False) -> Agent:
    """An agent with these replicas, by plain HTTP, in a cluster of its own name."""
    upstream = AgentUpstream(agent_id, addresses, tls=False, authority=f"{agent_id}.test")
    return Agent(agent_id, f"http://{agent_id}.test", upstream, passthrough_auth=passthrough_auth)


def _provider(upstream: Upstream) -> Provider:
    return replace(a_provider(), name=f"{upstream.cluster}/m", upstream=upstream)
