"""One validated configuration in force: frozen values, made once by `extproc.config`, read by everyone else.

Nothing here is parsed, looked up or defaulted any more: what a field says is what holds. Secrets are
references (`SecretRef`), so a snapshot may be logged, and a process that needs no key never sees one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from extproc.config.secret import SecretRef
from extproc.limits import CONNECT_TIMEOUT_S
from extproc.providers.profile import AuthStyle, Profile

ListenerKind = Literal["model", "agent", "prompt"]


@dataclass(frozen=True, slots=True)
class DownstreamTls:
    """Files for TLS towards clients; with `client_ca`, clients must present a certificate it signed."""

    cert: str
    key: str
    client_ca: str | None = None


@dataclass(frozen=True, slots=True)
class ListenerAgent:
    """An agent as one listener describes it."""

    id: str
    description: str
    default: bool = False
    input_filters: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that clients call."""

    name: str
    kind: ListenerKind
    address: str
    port: int
    timeout_s: float | None
    """Longest a whole answer may take; ``None``: no limit but the idle one."""
    max_retries: int
    """Retries on the same target (Plano's ``max_retries``)."""
    max_body_bytes: int
    tls: DownstreamTls | None = None
    agents: tuple[ListenerAgent, ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent's HTTP server."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """A key of AWS; `session_token` belongs to temporary ones."""

    access_key_id: SecretRef
    secret_access_key: SecretRef
    session_token: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class AwsSigning:
    """Whose signature (SigV4) requests carry: `keys`, else `profile`, else what Envoy finds where it runs."""

    region: str
    keys: AwsKeys | None = None
    profile: str | None = None
    """In Envoy's ``~/.aws/credentials``."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """How Envoy reaches a provider. Equal upstreams are one Envoy cluster; `cluster` is its name."""

    cluster: str
    host: str
    """DNS name or IP address to connect to."""
    port: int
    tls: bool
    authority: str
    """Host header and TLS server name: ``http_host`` or `host`, and the port unless it is the scheme's."""
    auth: AuthStyle
    credential: SecretRef | None
    """``None`` without `aws`: the client's own credential passes."""
    headers: tuple[tuple[str, SecretRef], ...] = ()
    """Static request headers, names in lower case; a plain value is a literal reference."""
    aws: AwsSigning | None = None

    @property
    def passes_credential(self) -> bool:
        """Whether the provider is shown the client's own credential."""
        return self.credential is None and self.aws is None


@dataclass(frozen=True, slots=True)
class Provider:
    """One entry of ``model_providers``: a model of a provider, or (`model` == ``*``) all of its models."""

    name: str
    """The entry's ``name``, by default ``<prefix>/<model>``: unique."""
    prefix: str
    """What stands before the first slash of ``model`` in the config: a provider id or the user's name."""
    model: str
    """The id that is sent to the provider, or ``*``."""
    profile: Profile
    upstream: Upstream
    base_path: str | None = None
    """Path of ``base_url``, without a trailing slash; replaces the profile's `path_prefix`."""
    default: bool = False
    api_version: str | None = None
    """Azure's ``api-version``."""
    internal: bool = False
    """Not listed in ``/v1/models``."""

    @property
    def wildcard(self) -> bool:
        """Whether the entry stands for every model of the provider."""
        return self.model == "*"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is configured."""

    generation: int
    listeners: tuple[Listener, ...]
    providers: tuple[Provider, ...]
    """In the config's order."""
    aliases: Mapping[str, str]
    """``model_aliases``: alias → target, one step."""
    agents: tuple[Agent, ...] = ()
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    upstream_ca_path: str = "/etc/ssl/certs/ca-certificates.crt"
    tenant_header: str | None = None
