"""A Messages request, read."""

from typing import Any, Final, NamedTuple

from extproc.dialects import fields
from extproc.dialects.anthropic_messages import blocks
from extproc.dialects.api import Api
from extproc.llm.parts import Part, ToolResult
from extproc.llm.request import (
    Message,
    OpaqueTool,
    OutputFormat,
    ReasoningConfig,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)

Json = dict[str, Any]

_FIELDS: Final = frozenset(
    {
        *(
            "model",
            "messages",
            "system",
            "max_tokens",
            "stop_sequences",
            "stream",
            "temperature",
            "top_p",
            "top_k",
        ),
        *("tools", "tool_choice", "metadata", "service_tier", "thinking", "output_config", "output_format"),
        "mcp_servers",
    }
)
"""What is modelled, at the top; all else is told as unmodelled."""

_TIERS: Final = {"standard_only": "default"}
"""``service_tier`` in OpenAI's words, where they differ."""


def read_request(body: Json) -> Request:
    """The request. Raises `InvalidRequest` that names the field."""
    lost: list[str] = list(fields.left_over(body, _FIELDS, ""))
    choice, parallel = _tool_choice(fields.mapping(body, "tool_choice", ""))
    stream = fields.flag(body, "stream", "") or False
    output = _output(body, lost)
    tier = fields.text(body, "service_tier", "")
    return Request(
        model=fields.text(body, "model", "") or "",
        messages=_messages(body, lost),
        tools=_tools(body, lost),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output_tokens_max=fields.integer(body, "max_tokens", ""),
        temperature=fields.number(body, "temperature", ""),
        top_p=fields.number(body, "top_p", ""),
        top_k=fields.integer(body, "top_k", ""),
        stop=fields.strings(body, "stop_sequences", ""),
        output_format=output.format,
        reasoning=_reasoning(fields.mapping(body, "thinking", ""), output.effort, lost),
        stream=stream,
        include_usage=stream,
        user=_user(fields.mapping(body, "metadata", ""), lost),
        service_tier=_TIERS.get(tier, tier) if tier else None,
        unmodelled=tuple(lost),
    )


def _messages(body: Json, lost: list[str]) -> tuple[Message, ...]:
    messages: list[Message] = []
    if body.get("system") is not None and (parts := blocks.texts(body, "system", "", lost)):
        messages.append(Message(Role.SYSTEM, parts))
    if body.get("messages") is None:
        raise fields.invalid("messages", "an array")
    for path, message in fields.objects(body, "messages", ""):
        messages += _message(message, path, lost)
    return tuple(messages)


# To look a member up in its enum costs more than what is done with it here.
_USER: Final = Role.USER
_ASSISTANT: Final = Role.ASSISTANT
_TOOL: Final = Role.TOOL
_MESSAGE_FIELDS: Final = frozenset({"role", "content"})


def _message(message: Json, path: str, lost: list[str]) -> list[Message]:
    """The message; one of the user with tool results becomes several."""
    if len(message) > len(_MESSAGE_FIELDS):
        lost += fields.left_over(message, _MESSAGE_FIELDS, path)
    match message.get("role"):
        case "user":
            return _user_messages(blocks.content(message, "content", path, lost))
        case "assistant":
            return [Message(_ASSISTANT, blocks.content(message, "content", path, lost))]
        case "system":
            return [Message(Role.SYSTEM, blocks.texts(message, "content", path, lost))]
        case _:
            raise fields.invalid(f"{path}.role", '"user" or "assistant"')


def _user_messages(parts: tuple[Part, ...]) -> list[Message]:
    if ToolResult not in map(type, parts):
        return [Message(_USER, parts)]
    messages, start = [], 0
    results = [type(part) is ToolResult for part in parts]
    for end in range(1, len(parts) + 1):
        if end == len(parts) or results[end] is not results[start]:
            messages.append(Message(_TOOL if results[start] else _USER, parts[start:end]))
            start = end
    return messages


MCP_SERVER: Final = "mcp_server"
"""`OpaqueTool.type` of what stands in ``mcp_servers``, whose tools the provider calls itself."""

_TOOL_FIELDS: Final = frozenset({"type", "name", "description", "input_schema", "strict", "cache_control"})


def _tools(body: Json, lost: list[str]) -> tuple[Tool | OpaqueTool, ...]:
    tools = [_tool(tool, path, lost) for path, tool in fields.objects(body, "tools", "")]
    servers = fields.objects(body, "mcp_servers", "")
    return (*tools, *(OpaqueTool(Api.MESSAGES.value, path, MCP_SERVER, server) for path, server in servers))


def _tool(tool: Json, path: str, lost: list[str]) -> Tool | OpaqueTool:
    kind = fields.text(tool, "type", path)
    if kind not in (None, "custom"):
        return OpaqueTool(Api.MESSAGES.value, path, kind, tool)
    lost += fields.left_over(tool, _TOOL_FIELDS, path)
    return Tool(
        fields.required_text(tool, "name", path),
        description=fields.text(tool, "description", path),
        parameters=fields.mapping(tool, "input_schema", path),
        strict=fields.flag(tool, "strict", path),
        cache=blocks.cache(tool, path),
    )


_MODES: Final = {
    "auto": ToolChoice(ToolMode.AUTO),
    "any": ToolChoice(ToolMode.REQUIRED),
    "none": ToolChoice(ToolMode.NONE),
}


def _tool_choice(choice: Json | None) -> tuple[ToolChoice | None, bool | None]:
    """Which tool, and whether several at once."""
    if choice is None:
        return None, None
    kind = fields.required_text(choice, "type", "tool_choice")
    single = fields.flag(choice, "disable_parallel_tool_use", "tool_choice")
    parallel = None if single is None else not single
    if kind == "tool":
        return ToolChoice(ToolMode.REQUIRED, fields.required_text(choice, "name", "tool_choice")), parallel
    if kind not in _MODES:
        raise fields.invalid("tool_choice.type", '"auto", "any", "tool" or "none"')
    return _MODES[kind], parallel


class _Output(NamedTuple):
    format: OutputFormat | None
    effort: str | None


_OUTPUT_FIELDS: Final = frozenset({"effort", "format"})


def _output(body: Json, lost: list[str]) -> _Output:
    """``output_config``, and ``output_format``, as its format was called in beta."""
    config = fields.mapping(body, "output_config", "") or {}
    lost += fields.left_over(config, _OUTPUT_FIELDS, "output_config")
    chosen = fields.mapping(config, "format", "output_config")
    path = "output_config.format"
    if chosen is None:
        chosen, path = fields.mapping(body, "output_format", ""), "output_format"
    return _Output(_format(chosen, path), fields.text(config, "effort", "output_config"))


def _format(chosen: Json | None, path: str) -> OutputFormat | None:
    if chosen is None:
        return None
    if chosen.get("type") != "json_schema":
        raise fields.invalid(f"{path}.type", '"json_schema"')
    return OutputFormat(fields.required_mapping(chosen, "schema", path), strict=True)


_THINKING_FIELDS: Final = frozenset({"type", "budget_tokens"})


def _reasoning(thinking: Json | None, effort: str | None, lost: list[str]) -> ReasoningConfig | None:
    if thinking is None:
        return ReasoningConfig(effort) if effort else None
    lost += fields.left_over(thinking, _THINKING_FIELDS, "thinking")
    match fields.required_text(thinking, "type", "thinking"):
        case "enabled":
            budget = fields.integer(thinking, "budget_tokens", "thinking")
            if budget is None:
                raise fields.invalid("thinking.budget_tokens", "an integer")
            return ReasoningConfig(effort, budget)
        case "adaptive":
            return ReasoningConfig(effort, adaptive=True)
        case "disabled":
            return ReasoningConfig(effort, disabled=True)
        case _:
            lost.append("thinking")
            return ReasoningConfig(effort) if effort else None


_METADATA_FIELDS: Final = frozenset({"user_id"})


def _user(metadata: Json | None, lost: list[str]) -> str | None:
    if metadata is None:
        return None
    lost += fields.left_over(metadata, _METADATA_FIELDS, "metadata")
    return fields.text(metadata, "user_id", "metadata")
