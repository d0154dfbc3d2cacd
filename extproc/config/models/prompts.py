"""The prompt listener: functions that a prompt may call, and guards in front of it."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from extproc.config.models.fields import Flag, Host, Name, PositiveDuration, Prose, Scalar, Section, Text


class EndpointConfig(Section):
    """An HTTP server that prompt targets call."""

    endpoint: Host
    """`host` or `host:port`; by default port 80, with https 443."""
    connect_timeout: PositiveDuration | None = None
    """Longest it may take to connect."""
    protocol: Literal["http", "https"] = "http"
    """Scheme."""
    http_host: Host | None = None
    """Host header, if not the endpoint's host."""
    prefix_affinity: Flag = False
    """Send conversations with the same beginning to the same replica; counts for providers there, too."""


class ParameterConfig(Section):
    """A value to find in the prompt."""

    name: Name
    """Name in the endpoint's path, query or body."""
    description: Prose
    """What it is, in plain words."""
    type: Name
    """int, float, bool, str, list or dict, as Python calls them."""
    required: Flag = False
    """Whether the target cannot be called without it."""
    default: Scalar | None = None
    """Value when the prompt has none."""
    enum: list[Scalar] = []
    """The only values allowed."""
    in_path: Flag = False
    """Without effect: `{name}` in the path says it."""
    format: Prose | None = None
    """How the value is written, in plain words."""


class TargetEndpointConfig(Section):
    """The request that a prompt target makes."""

    name: Name
    """A key of `endpoints`."""
    path: Text
    """Path, with `{parameter}` where a parameter goes."""
    http_method: Literal["GET", "POST"] = "GET"
    """Method."""
    http_headers: dict[str, SecretStr] = {}
    """Headers to send; values as for a provider's."""


class PromptTargetConfig(Section):
    """A function that a prompt may call."""

    name: Name
    """Unique."""
    description: Prose
    """What it does, in plain words."""
    default: Flag = False
    """Whether it takes prompts that fit no other target."""
    auto_llm_dispatch_on_response: Flag | None = None
    """Hand the result to the model instead of to the client."""
    parameters: list[ParameterConfig] = []
    """What the function takes."""
    endpoint: TargetEndpointConfig | None = None
    """How it is called."""
    system_prompt: Prose | None = None
    """System prompt for the model that words the answer."""


class OnExceptionConfig(Section):
    """What is answered when a guard says no."""

    message: Prose
    """Text for the person who asked."""


class JailbreakConfig(Section):
    """Refuses attempts to talk the model out of its instructions."""

    on_exception: OnExceptionConfig
    """What is answered then."""


class InputGuardsConfig(Section):
    """Guards for requests."""

    jailbreak: JailbreakConfig
    """The jailbreak guard."""


class PromptGuardsConfig(Section):
    """Guards for all listeners."""

    input_guards: InputGuardsConfig | None = None
    """Guards for requests."""


EndpointName = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$")]
