"""Ports that clients call."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from extproc.config.models.fields import WHOLE, Address, Duration, Flag, Name, Port, Prose, Section, Text
from extproc.limits import BODY_BYTES_CEILING, BODY_BYTES_MAX, SAME_TARGET_RETRIES_MAX


class TlsConfig(Section):
    """TLS towards clients."""

    cert: Text
    """File with the certificate chain (PEM)."""
    key: Text
    """File with the private key (PEM)."""
    client_ca: Text | None = None
    """File with the CA that clients' certificates must be signed by; absent: clients need none."""


class ListenerAgentConfig(Section):
    """An agent that a listener may choose."""

    id: Name
    """Id of an entry of `agents`."""
    description: Prose | None = None
    """What the agent is for, in plain words; by default the description beside the agent's id in `agents`."""
    default: Flag = False
    """Whether this agent answers when none fits; at most one a listener."""
    input_filters: list[Name] = []
    """Ids of filters that see a request before this agent does, in order."""
    examples: list[Prose] = []
    """What people say when they need this agent."""


class ListenerConfig(Section):
    """One port, and what is behind it."""

    name: Name
    """Unique; shown in logs and metrics."""
    type: Literal["model", "prompt", "agent"]
    """What the listener serves: models (`model_providers`), agents, or prompt targets."""
    port: Port | None = None
    """Port to bind; by default 12000 for models and 10000 for prompts. An agent listener must say it."""
    address: Address = "0.0.0.0"  # noqa: S104 - Plano's default; a warning says so where keys are at stake
    """IP address to bind. 127.0.0.1 takes calls from this machine alone."""
    timeout: Duration | None = None
    """Longest a whole answer may take. Absent or 0s: no limit but silence."""
    router: Literal["embedded", "model", "cascade", "plano_orchestrator_v1"] | None = None
    """How an agent is chosen: `cascade` (default) asks a router model where the embedded one is unsure."""
    max_retries: Annotated[int, Field(ge=0, le=SAME_TARGET_RETRIES_MAX), WHOLE] = 0
    """Retries of a failed request at the same provider."""
    max_body_bytes: Annotated[int, Field(ge=1, le=BODY_BYTES_CEILING), WHOLE] = BODY_BYTES_MAX
    """Largest request body; larger ones are answered with 413."""
    tls: TlsConfig | None = None
    """TLS towards clients; absent: plain HTTP."""
    agents: list[ListenerAgentConfig] = []
    """The agents of a listener of type `agent`."""
    input_filters: list[Name] = []
    """Ids of filters that see each request first, in order."""
    output_filters: list[Name] = []
    """Ids of filters that see each answer, in order."""
    chain: Literal["last", "concat"] = "last"
    """With several agents in turn: the client gets the last one's answer, or all of them."""
    on_agent_error: Literal["fail", "skip"] = "fail"
    """What happens when an agent in the middle of a chain fails."""


class LegacyListenerConfig(Section):
    """A listener in the form before v0.3.0."""

    address: Address = "0.0.0.0"  # noqa: S104 - Plano's default
    """IP address to bind."""
    port: Port | None = None
    """Port to bind."""
    message_format: Literal["openai"] | None = None
    """Without effect: every API is served."""
    timeout: Duration | None = None
    """Longest a whole answer may take."""


class LegacyListenersConfig(Section):
    """The form before v0.3.0; a list of listeners is the form to use."""

    ingress_traffic: LegacyListenerConfig | None = None
    """The prompt listener, by default on port 10000."""
    egress_traffic: LegacyListenerConfig | None = None
    """The model listener, by default on port 12000."""


def _form(value: Any) -> str | None:
    if isinstance(value, list):
        return "list"
    return "legacy" if isinstance(value, dict) else None


Listeners = Annotated[
    Annotated[list[ListenerConfig], Tag("list")] | Annotated[LegacyListenersConfig, Tag("legacy")],
    Discriminator(
        _form,
        custom_error_type="invalid",
        custom_error_message="{message}",
        custom_error_context={"message": "must be a list of listeners"},
    ),
]
