"""Agents and filters: HTTP servers (or, for filters, built-in or Python code) that requests pass."""

# ruff: noqa: RUF012 - pydantic gives each instance its own copy of a default

from typing import Any, Literal

from extproc.config.models.fields import (
    Flag,
    HeaderName,
    HttpUrl,
    Name,
    Positive,
    PositiveDuration,
    Prose,
    Section,
    Text,
)

FilterType = Literal[
    "http",
    "mcp",
    "python",
    "client_keys",
    "jailbreak",
    "json_schema",
    "memory",
    "moderation",
    "pii",
    "system_prompt",
    "token_limit",
]
"""Protocols of remote filters, `python`, and the built-in ones."""


class AgentConfig(Section):
    """An agent: an HTTP server that speaks Chat Completions."""

    id: Name
    """Unique among agents and filters."""
    url: HttpUrl
    """Where it listens; `/v1/chat/completions` is appended to the path."""
    replicas: list[HttpUrl] = []
    """Other addresses of the same agent: a conversation stays at one of them, or at that of `url`.

    All have the scheme and path of `url`, and get its host as their Host header and TLS server name.
    """
    description: Prose | None = None
    """What it is for, in plain words: the default for every listener that names this agent."""
    passthrough_auth: Flag = False
    """Show it the client's credential (`authorization`, `x-api-key`, `api-key`) and cookies.

    Absent: it gets the client's other headers. It is a server of its own, and what the client trusts this
    gateway with is not meant for every agent that a router may choose.
    """


class FilterConfig(Section):
    """Something that looks at requests or answers, and may change or refuse them."""

    id: Name
    """Unique among agents and filters; listeners refer to it."""
    url: HttpUrl | None = None
    """Where an `http` or `mcp` filter listens."""
    type: FilterType = "mcp"
    """Protocol of a remote filter, `python` for code of your own, or the name of a built-in filter."""
    transport: Literal["streamable-http"] | None = None
    """MCP transport; there is only this one."""
    tool: Name | None = None
    """Name of the MCP tool, by default the filter's id."""
    path: Text | None = None
    """For `python`: `file.py:Class`."""
    settings: dict[str, Any] = {}
    """Settings of a built-in or Python filter."""
    timeout: PositiveDuration = 10.0
    """Longest one call may take."""
    on_error: Literal["deny", "allow"] = "deny"
    """Whether a request passes when the filter cannot be asked."""
    forward_headers: list[HeaderName] = []
    """Client headers a remote filter gets; none else are sent."""
    phase: Literal["request", "response", "both"] | None = None
    """When it runs; by default as it is listed: input filters for requests, output filters for answers."""
    granularity: Literal["event", "window", "whole"] = "window"
    """What an output filter sees of a stream: each event, a sliding window of text, or the whole."""
    window_chars: Positive = 64
    """Characters held back so that a match cannot hide between two events."""
