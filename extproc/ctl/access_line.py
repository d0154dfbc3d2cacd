"""A line of Envoy's JSON access log as people read it; `extproc.bootstrap.access_log` has its fields."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from rich.text import Text


class AccessLine(msgspec.Struct, frozen=True):
    """One request. A field that does not apply is ``None``."""

    time: str
    status: int | None = None
    method: str | None = None
    path: str | None = None
    listener: str | None = None
    operation: str | None = None
    provider: str | None = None
    model: str | None = None
    agent: str | None = None
    agents: str | None = None
    route: str | None = None
    router_stage: str | None = None
    router_ms: float | None = None
    router_reason: str | None = None
    cluster: str | None = None
    upstream: str | None = None
    attempts: int | None = None
    reply: str | None = None
    flags: str | None = None
    details: str | None = None
    upstream_failure: str | None = None
    request_id: str | None = None
    request_bytes: int | None = None
    response_bytes: int | None = None
    duration_ms: float | None = None
    request_received_ms: float | None = None
    first_byte_ms: float | None = None
    extproc_headers_us: float | None = None
    extproc_body_us: float | None = None
    upstream_connect_ms: float | None = None
    upstream_first_byte_us: float | None = None

    @property
    def when(self) -> datetime:
        """In this machine's time zone."""
        return datetime.fromisoformat(self.time).astimezone()


def parse(line: str) -> AccessLine | None:
    """``None`` when it is no such line."""
    try:
        return msgspec.json.decode(line, type=AccessLine, strict=False)
    except msgspec.MsgspecError:
        return None


_OUTBOUND: Final = "outbound"
"""The listener by which the gateway itself asks somebody, for a request that waits meanwhile."""
_AGENT: Final = "agent_"
"""Begins the cluster of an agent."""
_PROVIDER: Final = re.compile(r"(.+?)_[A-Za-z0-9.-]+_\d+(?:_[0-9a-f]{8})?")
"""The cluster of a provider: its id, host, port, and what tells it from another one that is there."""


def readable(line: AccessLine) -> Text:
    """E.g. ``14:52:03.120 200   812 ms  POST /v1/messages → claude  ext_proc 1.8 ms, …, 1.2 kB``."""
    text = Text()
    text.append(line.when.strftime("%H:%M:%S.%f")[:-3], "dim")
    text.append(f" {line.status or '---':>3} ", _colour(line.status))
    text.append(f"{duration(line.duration_ms):>8}  ")
    if line.listener == _OUTBOUND:
        text.append(f"  the gateway asks {_asked(line.cluster)}", "dim")
    else:
        text.append(f"{line.method or '?'} {line.path or '?'}")
        text.append_text(_destination(line))
    text.append_text(_unusual(line))
    text.append(f"  {', '.join(_measures(line))}", "dim")
    return text


def _asked(cluster: str | None) -> str:
    """An agent of a chain, or the provider of a router model."""
    if cluster is None:
        return "nobody"
    if cluster.startswith(_AGENT):
        return f"the agent {cluster.removeprefix(_AGENT)}"
    provider = _PROVIDER.fullmatch(cluster)
    return provider[1] if provider else cluster


_BROKEN_BY_US = "ext_proc_error"
"""Begins Envoy's ``details`` of an answer whose ext_proc stream broke after its status was told."""


def _measures(line: AccessLine) -> Iterator[str]:
    if line.provider:
        ours_us = (line.extproc_headers_us or 0) + (line.extproc_body_us or 0)
        yield f"ext_proc {duration(ours_us / 1000)}"
        yield f"first byte {duration(line.first_byte_ms)}"
    yield size(line.response_bytes or 0)


def _destination(line: AccessLine) -> Text:
    text = Text()
    if line.provider and line.model:
        # A provider that is not named by the user is named by its model: openai/gpt-4o.
        whole = line.provider if line.provider.endswith(line.model) else f"{line.model} at {line.provider}"
        text.append(" → ", "dim").append(whole, "cyan")
    elif names := line.agents or line.agent:
        text.append(" → ", "dim").append(names, "cyan")
    return text


def _unusual(line: AccessLine) -> Text:
    """Several attempts, and why there is no answer of whoever was asked."""
    text = Text()
    if line.attempts and line.attempts > 1:
        text.append(f"  {line.attempts} attempts", "yellow")
    if line.reply:
        text.append(f"  {line.reply}", "yellow" if (line.status or 500) >= 400 else "dim")
    elif line.flags and line.flags != "-":
        text.append(f"  {line.flags} {line.upstream_failure or line.details or ''}".rstrip(), "yellow")
    elif line.details and line.details.startswith(_BROKEN_BY_US):
        text.append("  broken off: its ext_proc stream failed", "bold red")
    return text


def _colour(status: int | None) -> str:
    if status is None or status >= 500:
        return "bold red"
    return "yellow" if status >= 400 else "green"


def duration(ms: float | None) -> str:
    """E.g. ``0.4 ms``, ``812 ms``, ``12.3 s``."""
    if ms is None:
        return "-"
    if ms >= 10_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def size(number: int) -> str:
    """E.g. ``512 B``, ``1.2 kB``, ``3.4 MB``."""
    if number < 1000:
        return f"{number} B"
    return f"{number / 1000:.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"
