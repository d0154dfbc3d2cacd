"""One validated configuration in force: frozen values, made once by `extproc.config`, read by everyone else.

Nothing here is parsed, looked up or defaulted any more: what a field says is what holds. Secrets are
references (`SecretRef`), so a snapshot may be logged, and a process that needs no key never sees one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from extproc.config.retry import RetryPolicy
from extproc.config.secret import SecretRef, SecretUrl
from extproc.limits import CONNECT_TIMEOUT_S, ROUTER_MODEL_S
from extproc.providers.profile import AuthStyle, Profile

ListenerKind = Literal["model", "agent", "prompt"]
RouterKind = Literal["embedded", "model", "cascade"]


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
    router: RouterKind = "cascade"
    """How an agent is chosen, where there are several."""
    chain: Literal["last", "concat"] = "last"
    """Of several agents in turn: the client gets the last one's answer, or all of them."""
    on_agent_error: Literal["fail", "skip"] = "fail"
    """When an agent in the middle of a chain fails."""

    @property
    def served(self) -> bool:
        """Whether this version serves listeners of this kind."""
        return self.kind != "prompt"


@dataclass(frozen=True, slots=True)
class AgentUpstream:
    """How Envoy reaches an agent: one cluster an agent."""

    cluster: str
    """``agent_<id>``, made of what a cluster's name may hold."""
    addresses: tuple[tuple[str, int], ...]
    """Host and port of each replica that the config names; a DNS name may stand for several more."""
    tls: bool
    authority: str
    """Host header and TLS server name."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent's HTTP server."""

    id: str
    url: str
    upstream: AgentUpstream | None = None
    base_path: str = ""
    """Path of `url`, without a trailing slash: ``/v1/chat/completions`` is appended."""
    passthrough_auth: bool = False
    """Whether the agent is shown the client's credential headers and cookies."""


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
    def first_cluster(self) -> str:
        """The cluster of a request that may go elsewhere after this upstream has failed it."""
        return f"{self.cluster}.first"

    @property
    def twin_cluster(self) -> str:
        """The cluster of a request that another upstream has failed."""
        return f"{self.cluster}.twin"

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
    prefix_affinity: bool = False
    """Requests that begin alike go to the same replica (ring hash), which has the beginning in its cache."""
    retry_policy: RetryPolicy | None = None
    """``None``: where this target is the first one, nothing is said of its failures."""

    @property
    def wildcard(self) -> bool:
        """Whether the entry stands for every model of the provider."""
        return self.model == "*"


@dataclass(frozen=True, slots=True)
class Preference:
    """A kind of task and the models that are good at it (``routing_preferences``)."""

    name: str
    description: str
    models: tuple[str, ...]
    """Names as a client may send them, the best first."""
    prefer: Literal["cheapest", "fastest", "none"] = "none"


@dataclass(frozen=True, slots=True)
class RoutingBudget:
    """What leaving a warm prompt cache may cost (``routing.routing_budget``)."""

    max_switch_spend_pct: float
    """Of what the conversation would have cost at its first model, in percent."""
    replenish_on_rebind: bool = True
    cache_read_discount: float = 0.1
    """Price of a cached token as a share of the input price, where the price list has none."""
    record_counterfactual: bool = False


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long a choice lasts (``routing``)."""

    ttl_s: float = 600.0
    entries_max: int = 10_000
    route_on_user_only: bool = False
    budget: RoutingBudget | None = None


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where something is remembered (``state_storage``, ``routing.session_cache``)."""

    type: Literal["memory", "sqlite", "redis", "postgres"] = "memory"
    path: str | None = None
    """The file of `sqlite`, absolute."""
    url: SecretUrl | None = None
    """Of `redis`; for `postgres`, its connection string."""


@dataclass(frozen=True, slots=True)
class PromptCaching:
    """``prompt_caching``, where it is enabled."""

    session_affinity: bool = True
    inject_cache_control: bool = True
    min_prefix_tokens: int = 1024
    session_ttl_s: float | None = None


@dataclass(frozen=True, slots=True)
class CostSource:
    """A price list: prices in USD by model."""

    format: Literal["digitalocean", "models.dev"]
    location: str
    """http(s) URL, or an absolute path."""
    refresh_s: float | None
    """``None``: read once."""
    aliases: Mapping[str, str]
    """Name in the list → name of a model in the config."""


@dataclass(frozen=True, slots=True)
class LatencySource:
    """Measured latencies: an instant query of Prometheus, labelled ``model_name``."""

    url: str
    query: str
    refresh_s: float | None


@dataclass(frozen=True, slots=True)
class RouterModels:
    """The models that are asked to choose, by names that a client may send; ``None``: nobody is asked."""

    agents: str | None = None
    """``overrides.agent_orchestration_model``."""
    preferences: str | None = None
    """``overrides.llm_routing_model``."""
    context_tokens: int = 8192
    """How much of a conversation they are shown."""
    timeout_s: float = ROUTER_MODEL_S


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
    """In lower case, as requests have it."""
    preferences: tuple[Preference, ...] = ()
    router_models: RouterModels = RouterModels()
    router_languages: Literal["english", "multilingual"] = "english"
    """What the embedded router understands."""
    sessions: SessionSettings = SessionSettings()
    prompt_caching: PromptCaching | None = None
    metrics_sources: tuple[CostSource | LatencySource, ...] = ()
    session_cache: StoreSettings = StoreSettings()
    state_storage: StoreSettings | None = None
    """``None``: nothing was said; what has to be remembered is, in memory.

    Set, it is for all conversations of the Responses API, those that a provider would keep among them.
    """
    fallback: Literal["auto"] | None = None
    """``overrides.fallback``: what holds where neither a policy nor a preference names the next models."""

    @property
    def retries_elsewhere(self) -> bool:
        """Whether any request may have a second target."""
        policies = any(provider.retry_policy for provider in self.providers)
        return self.fallback is not None or policies or any(len(p.models) > 1 for p in self.preferences)

    @property
    def retry_policies(self) -> tuple[RetryPolicy, ...]:
        """Those with different ids, first the default one: it is for lists that come without a policy."""
        own = [provider.retry_policy for provider in self.providers if provider.retry_policy]
        return tuple({policy.id: policy for policy in (RetryPolicy(), *own)}.values())
