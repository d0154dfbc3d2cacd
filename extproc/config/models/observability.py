"""What is written down about requests."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from extproc.config import urls
from extproc.config.models.fields import (
    WHOLE,
    Duration,
    Flag,
    HeaderName,
    HttpUrl,
    Positive,
    Section,
    Text,
    invalid,
)

_OTLP_GRPC_PORT: Final = 4317


def _collector(value: str) -> str:
    """Plano's rule, and a port where none was written (OTLP specification: 4317 for gRPC)."""
    try:
        url = urls.parse(value)
    except urls.UrlError as error:
        raise invalid(str(error)) from None
    if url.tls:
        raise invalid("must start with http://")
    if url.path:
        raise invalid("must not have a path")
    port = urls.split_host(urlsplit(value).netloc)[1] or _OTLP_GRPC_PORT
    return f"http://{urls.authority(url.host, port, tls=False)}"


class SpanAttributesConfig(Section):
    """Attributes for every span."""

    header_prefixes: list[HeaderName] = []
    """Request headers with these beginnings become attributes."""
    static: dict[str, Text] = {}
    """Fixed attributes."""


class PosthogExporterConfig(Section):
    """Sends model calls to PostHog."""

    type: Literal["posthog"]
    """The only exporter of this kind."""
    url: HttpUrl
    """PostHog's address."""
    api_key: SecretStr
    """Project key."""
    distinct_id_header: HeaderName | None = None
    """Request header that names the person."""
    capture_messages: Flag = False
    """Send the text of prompts."""
    enabled: Flag = True
    """Whether it sends at all."""


class KeepConfig(Section):
    """Traces that are kept whatever the sampling says."""

    errors: Flag = True
    """Those of failed requests."""
    flagged: Flag = True
    """Those with a signal of trouble."""


class TraceStoreConfig(Section):
    """Where traces are kept for `planoctl trace`."""

    path: Text | None = None
    """SQLite file."""
    max_traces: Positive | None = None
    """Traces kept; the oldest go first."""
    max_age: Duration | None = None
    """How long they are kept."""


class TracingConfig(Section):
    """Traces of requests; absent: none are made."""

    random_sampling: Annotated[int, Field(ge=0, le=100), WHOLE] = 0
    """Share of the requests that are traced, in percent."""
    trace_arch_internal: Flag = False
    """Without effect, as in Plano."""
    opentracing_grpc_endpoint: Annotated[Text, AfterValidator(_collector)] | None = None
    """OTLP/gRPC collector, `http://host:port`; by default http://localhost:4317."""
    span_attributes: SpanAttributesConfig = SpanAttributesConfig()
    """Attributes for every span."""
    exporters: list[PosthogExporterConfig] = []
    """Where model calls go besides the collector."""
    capture_content: Flag = False
    """Write prompts and answers into spans."""
    keep: KeepConfig = KeepConfig()
    """Traces that are kept whatever the sampling says."""
    store: TraceStoreConfig | None = None
    """Where traces are kept for `planoctl trace`."""
