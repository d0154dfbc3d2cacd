"""Models, and who serves them."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, SecretStr, Tag

from extproc.config.model_name import ModelNameError, parse
from extproc.config.models.fields import (
    Count,
    Flag,
    Host,
    HttpUrl,
    Name,
    Positive,
    PositiveDuration,
    Prose,
    Section,
    Text,
    invalid,
)

Strategy = Literal["same_model", "same_provider", "different_provider"]
StatusCode = Annotated[int, Field(ge=100, le=599)]


def _model_name(value: str) -> str:
    try:
        parse(value)
    except ModelNameError as error:
        raise invalid(str(error), "such as openai/gpt-4o or openai/*") from None
    return value


class InlinePreferenceConfig(Section):
    """A routing preference in the form before v0.4.0."""

    name: Name
    """Unique; the same name at several providers makes one preference with several models."""
    description: Prose
    """When the provider's model is the one to use, in plain words."""


class BackoffConfig(Section):
    """The wait before an attempt."""

    base_ms: Count = 100
    """First wait in milliseconds; it doubles with each attempt."""
    max_ms: Count = 5000
    """Longest wait in milliseconds."""
    jitter: Flag = True
    """Spread the waits at random; always done, `false` has no effect."""
    apply_to: Name | None = None
    """Without effect."""


class StatusRuleConfig(Section):
    """Statuses with a strategy of their own; the codes count, the strategy has no effect."""

    codes: list[StatusCode]
    """Statuses that move on to the next attempt."""
    strategy: Strategy | None = None
    """Without effect: see `default_strategy`."""
    max_attempts: Positive | None = None
    """Without effect: see `default_max_attempts`."""


def _status_form(value: Any) -> str:
    return "rule" if isinstance(value, dict) else "code"


StatusEntry = Annotated[
    Annotated[StatusCode, Tag("code")] | Annotated[StatusRuleConfig, Tag("rule")], Discriminator(_status_form)
]


class RetryPolicyConfig(Section):
    """What happens when this provider fails a request that came to it first.

    Absent: the client gets the failure, but for `overrides.fallback`.
    """

    fallback_models: list[Name] = []
    """Models to try next, in order, by names as a client may send them."""
    on_status_codes: list[StatusEntry] = [408, 429, 500, 502, 503, 504, 529]
    """Answers that count as failures."""
    per_try_timeout: PositiveDuration | None = None
    """Longest one attempt may take to its first byte; absent: none, so that no long answer is paid twice."""
    per_try_idle_timeout: PositiveDuration | None = None
    """Longest silence of one attempt."""
    default_max_attempts: Positive | None = None
    """Attempts in all, the first included; by default, as many as there are models to try."""
    default_strategy: Strategy | None = None
    """Where to look for the next model when `fallback_models` is empty.

    Absent: nowhere, but for `overrides.fallback`; with `default_max_attempts`, the same model again.
    """
    backoff: BackoffConfig | None = None
    """Waits between attempts at the same target; another target is tried at once."""
    respect_retry_after: Flag = True
    """Whether a `retry-after` keeps its target out of use for that long, while others are left."""
    on_timeout: dict[str, Any] | None = None
    """Without effect: a timeout counts as a failure like any other."""
    on_high_latency: dict[str, Any] | None = None
    """Without effect."""
    retry_after_handling: dict[str, Any] | None = None
    """Without effect: see `respect_retry_after`."""


def _region(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){2,}", value):
        raise invalid("must be an AWS region", "such as us-east-1")
    return value


class AwsConfig(Section):
    """Requests signed for AWS (SigV4) instead of an `access_key`; for Amazon Bedrock.

    Without keys and profile Envoy finds credentials as AWS's own programs do: in its environment, in
    `~/.aws/credentials`, from a web identity, a container or the machine it runs on.
    """

    region: Annotated[Name, AfterValidator(_region)]
    """Region that the requests are signed for, and where the provider is if `base_url` does not say it."""
    access_key_id: SecretStr | None = None
    """A key of your own; values as for `access_key`."""
    secret_access_key: SecretStr | None = None
    """The secret that belongs to `access_key_id`."""
    session_token: SecretStr | None = None
    """The token that belongs to temporary keys."""
    profile: Name | None = None
    """Profile in `~/.aws/credentials`, and no other place."""


class ProviderConfig(Section):
    """A model of a provider, or with `*` all of its models."""

    model: Annotated[Text, AfterValidator(_model_name)]
    """`<provider>/<model>` or `<provider>/*`.

    A provider we do not know needs `base_url` and `provider_interface`.
    """
    name: Name | None = None
    """Unique name of the entry, by default `model`."""
    access_key: SecretStr | None = None
    """The provider's key: `$NAME`, `file:PATH`, or the key itself. Absent: the client's credential passes."""
    default: Flag = False
    """Whether this model answers requests that name none; at most one."""
    aws: AwsConfig | None = None
    """How requests to Amazon Bedrock are signed, instead of `access_key`."""
    base_url: HttpUrl | None = None
    """Where the provider is; a path in it replaces the provider's own (`/v1`)."""
    passthrough_auth: Flag = False
    """Pass the client's credential on, whatever `access_key` says."""
    http_host: Host | None = None
    """Host header and TLS server name, if not the host of `base_url`."""
    provider_interface: Name | None = None
    """Which provider an unknown one behaves like: `openai` for most."""
    headers: dict[str, SecretStr] = {}
    """Request headers to set, after the credential; values as for `access_key`, also `Bearer $TOKEN`."""
    api_version: Name | None = None
    """Azure's `api-version`, by default 2025-01-01-preview."""
    retry_policy: RetryPolicyConfig | None = None
    """What happens when this provider fails a request."""
    prefix_affinity: Flag = False
    """Send prompts that begin alike to the same of a host's addresses, whose cache has the beginning."""
    routing_preferences: list[InlinePreferenceConfig] = []
    """The form before v0.4.0: see the top level's `routing_preferences`."""
