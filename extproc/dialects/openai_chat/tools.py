"""``tools``, ``tool_choice`` and the deprecated ``functions`` and ``function_call`` of Chat Completions."""

from typing import Any, Final

from extproc.dialects import fields
from extproc.dialects.api import Api
from extproc.dialects.openai_chat import content
from extproc.llm.loss import Losses, refuse
from extproc.llm.request import OpaqueTool, Request, Tool, ToolChoice, ToolMode

Json = dict[str, Any]

_TOOL: Final = frozenset({"type", "function", "custom", "cache_control"})
_FUNCTION: Final = frozenset({"name", "description", "parameters", "strict"})
_CUSTOM: Final = frozenset({"name", "description", "format"})


def read(body: Json, unmodelled: list[str]) -> tuple[Tool | OpaqueTool, ...]:
    """The tools, then the functions, then the web search, which is a tool in every other API."""
    tools = [_read_tool(tool, at, unmodelled) for at, tool in fields.objects(body, "tools", "")]
    for at, function in fields.objects(body, "functions", ""):
        tools.append(_read_function(function, at, unmodelled))
    search = fields.mapping(body, "web_search_options", "")
    if search is not None:
        tools.append(OpaqueTool(Api.CHAT, "web_search_options", "web_search", search))
    return tuple(tools)


def _read_tool(tool: Json, at: str, unmodelled: list[str]) -> Tool | OpaqueTool:
    kind = fields.text(tool, "type", at) or "function"
    if kind not in {"function", "custom"}:
        return OpaqueTool(Api.CHAT, at, kind, tool)
    unmodelled += fields.left_over(tool, _TOOL, at)
    inner, path = fields.required_mapping(tool, kind, at), f"{at}.{kind}"
    if kind == "function":
        return _read_function(inner, path, unmodelled, tool)
    unmodelled += fields.left_over(inner, _CUSTOM, path)
    return Tool(
        fields.required_text(inner, "name", path),
        fields.text(inner, "description", path),
        custom=True,
        format=_flat(fields.mapping(inner, "format", path)),
        cache=content.cache_of(tool),
    )


def _read_function(function: Json, at: str, unmodelled: list[str], tool: Json | None = None) -> Tool:
    unmodelled += fields.left_over(function, _FUNCTION, at)
    return Tool(
        fields.required_text(function, "name", at),
        fields.text(function, "description", at),
        fields.mapping(function, "parameters", at),
        fields.flag(function, "strict", at),
        cache=content.cache_of(tool or {}),
    )


def _flat(grammar: Json | None) -> Json | None:
    """A custom tool's format as the Responses API writes it: without the nesting."""
    nested = grammar and grammar.get("grammar")
    return {"type": "grammar", **nested} if isinstance(nested, dict) else grammar


def read_choice(body: Json) -> ToolChoice | None:
    """``tool_choice`` or ``function_call``."""
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        return _read_named(choice)
    if choice is not None:
        return _mode("tool_choice", choice)
    call = body.get("function_call")
    if isinstance(call, dict):
        return ToolChoice(ToolMode.REQUIRED, fields.required_text(call, "name", "function_call"))
    return None if call is None else _mode("function_call", call)


_MODES: Final = {
    "auto": ToolMode.AUTO,
    "none": ToolMode.NONE,
    "required": ToolMode.REQUIRED,
    "any": ToolMode.REQUIRED,  # Mistral's word
}


def _mode(path: str, value: object) -> ToolChoice:
    mode = _MODES.get(value) if isinstance(value, str) else None
    if mode is None:
        raise fields.invalid(path, "auto, none, required or an object")
    return ToolChoice(mode)


def _read_named(choice: Json) -> ToolChoice:
    kind = fields.required_text(choice, "type", "tool_choice")
    if kind == "allowed_tools":
        return _read_allowed(fields.required_mapping(choice, kind, "tool_choice"))
    if kind not in {"function", "custom"}:
        raise fields.invalid("tool_choice.type", "function, custom or allowed_tools")
    inner = fields.required_mapping(choice, kind, "tool_choice")
    name = fields.required_text(inner, "name", f"tool_choice.{kind}")
    return ToolChoice(ToolMode.REQUIRED, name, custom=kind == "custom")


def _read_allowed(allowed: Json) -> ToolChoice:
    at = "tool_choice.allowed_tools"
    mode = _mode(f"{at}.mode", allowed.get("mode", "auto")).mode
    tools = fields.objects(allowed, "tools", at)
    return ToolChoice(mode, allowed=tuple(_allowed_name(tool, path) for path, tool in tools))


def _allowed_name(tool: Json, at: str) -> str:
    for kind in ("function", "custom"):
        inner = fields.mapping(tool, kind, at)
        if inner is not None:
            return fields.required_text(inner, "name", f"{at}.{kind}")
    return fields.required_text(tool, "name", at)


def write(request: Request, losses: Losses) -> Json:
    """``tools``, ``tool_choice`` and ``parallel_tool_calls``, of which OpenAI takes none without tools."""
    said = {"tool_choice": request.tool_choice, "parallel_tool_calls": request.parallel_tool_calls}
    if not request.tools:
        for path, value in said.items():
            if value is not None:
                losses.add(path)
        return {}
    written: Json = {}
    functions = [_write_tool(tool, i, losses, written) for i, tool in enumerate(request.tools)]
    written["tools"] = [tool for tool in functions if tool is not None]
    if request.tool_choice is not None:
        written["tool_choice"] = _write_choice(request.tool_choice, request)
    if request.parallel_tool_calls is not None:
        written["parallel_tool_calls"] = request.parallel_tool_calls
    return written


def _write_tool(tool: Tool | OpaqueTool, index: int, losses: Losses, body: Json) -> Json | None:
    if isinstance(tool, OpaqueTool):
        return _write_opaque(tool, body)
    if tool.cache is not None:
        losses.add(f"tools[{index}].cache_control")
    if tool.custom:
        custom = _said(name=tool.name, description=tool.description, format=_nested(tool.format))
        return {"type": "custom", "custom": custom}
    function = _said(
        name=tool.name, description=tool.description, parameters=tool.parameters, strict=tool.strict
    )
    return {"type": "function", "function": function}


def _write_opaque(tool: OpaqueTool, body: Json) -> Json | None:
    if tool.origin != Api.CHAT:
        raise refuse(tool.path, f"a tool of type {tool.type}", content.TARGET)
    if tool.path == "web_search_options":
        body["web_search_options"] = tool.raw
        return None
    return tool.raw


def _nested(grammar: Json | None) -> Json | None:
    if grammar is None or grammar.get("type") != "grammar" or "grammar" in grammar:
        return grammar
    return {"type": "grammar", "grammar": {key: value for key, value in grammar.items() if key != "type"}}


def _write_choice(choice: ToolChoice, request: Request) -> str | Json:
    if choice.allowed:
        custom = {tool.name for tool in request.tools if isinstance(tool, Tool) and tool.custom}
        tools = [_named(name, custom=name in custom) for name in choice.allowed]
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode.value, "tools": tools}}
    if choice.name is None:
        return choice.mode.value
    return _named(choice.name, custom=choice.custom)


def _named(name: str, *, custom: bool) -> Json:
    kind = "custom" if custom else "function"
    return {"type": kind, kind: {"name": name}}


def _said(**values: Any) -> Json:
    return {key: value for key, value in values.items() if value is not None}
