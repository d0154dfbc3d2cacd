"""Tools and the choice among them, both ways."""

from collections.abc import Sequence
from typing import Final

from extproc.dialects import fields
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.content import API_NAME
from extproc.llm.loss import Losses, refuse
from extproc.llm.request import OpaqueTool, Tool, ToolChoice, ToolMode

_FUNCTION_KEYS: Final = frozenset({"type", "name", "description", "parameters", "strict"})
_CUSTOM_KEYS: Final = frozenset({"type", "name", "description", "format"})
_MODES: Final = {mode.value: mode for mode in ToolMode}


def read_tools(body: Json, lost: list[str]) -> tuple[Tool | OpaqueTool, ...]:
    """``tools``; every kind but functions and custom tools is one of the provider's own."""
    return tuple(_read_tool(tool, path, lost) for path, tool in fields.objects(body, "tools", ""))


def _read_tool(obj: Json, path: str, lost: list[str]) -> Tool | OpaqueTool:
    kind = fields.required_text(obj, "type", path)
    if kind == "function":
        lost += fields.left_over(obj, _FUNCTION_KEYS, path)
        return Tool(
            fields.required_text(obj, "name", path),
            fields.text(obj, "description", path),
            fields.mapping(obj, "parameters", path),
            fields.flag(obj, "strict", path),
        )
    if kind == "custom":
        lost += fields.left_over(obj, _CUSTOM_KEYS, path)
        return Tool(
            fields.required_text(obj, "name", path),
            fields.text(obj, "description", path),
            custom=True,
            format=fields.mapping(obj, "format", path),
        )
    return OpaqueTool(Api.RESPONSES, path, kind, obj)


def write_tool(tool: Tool | OpaqueTool, path: str, losses: Losses) -> Json:
    """One tool. ``strict`` is always said, for this API takes it for granted and the others do not."""
    if isinstance(tool, OpaqueTool):
        if tool.origin != Api.RESPONSES:
            raise refuse(tool.path, f"the tool type {tool.type}", API_NAME)
        return tool.raw
    if tool.cache is not None:
        losses.add(f"{path}.cache_control")
    written: Json = {"type": "custom" if tool.custom else "function", "name": tool.name}
    if tool.description is not None:
        written["description"] = tool.description
    if not tool.custom:
        written["parameters"] = (
            {"type": "object", "properties": {}} if tool.parameters is None else tool.parameters
        )
        written["strict"] = bool(tool.strict)
    elif tool.format is not None:
        written["format"] = _flat(tool.format)
    return written


def _flat(form: Json) -> Json:
    """A custom tool's format; Chat wraps the grammar once more than this API."""
    grammar = form.get("grammar")
    return {"type": "grammar", **grammar} if isinstance(grammar, dict) else form


def read_choice(body: Json, lost: list[str]) -> ToolChoice | None:
    """``tool_choice``. That of one of the provider's own tools is lost, but then the tool is refused."""
    choice = body.get("tool_choice")
    if choice is None:
        return None
    if isinstance(choice, str):
        if choice not in _MODES:
            raise fields.invalid("tool_choice", "auto, required, none or an object")
        return ToolChoice(_MODES[choice])
    if not isinstance(choice, dict):
        raise fields.invalid("tool_choice", "a string or an object")
    kind = fields.required_text(choice, "type", "tool_choice")
    if kind == "allowed_tools":
        return _read_allowed(choice, lost)
    if kind not in {"function", "custom"}:
        lost.append("tool_choice")
        return None
    name = fields.required_text(choice, "name", "tool_choice")
    return ToolChoice(ToolMode.REQUIRED, name, custom=kind == "custom")


def _read_allowed(choice: Json, lost: list[str]) -> ToolChoice:
    mode = fields.required_text(choice, "mode", "tool_choice")
    if mode not in _MODES:
        raise fields.invalid("tool_choice.mode", "auto or required")
    names = []
    for path, tool in fields.objects(choice, "tools", "tool_choice"):
        if tool.get("type") in {"function", "custom"}:
            names.append(fields.required_text(tool, "name", path))
        else:
            lost.append(path)
    return ToolChoice(_MODES[mode], allowed=tuple(names))


def write_choice(choice: ToolChoice, tools: Sequence[Tool | OpaqueTool]) -> Json | str:
    """``tool_choice``."""
    if choice.name is not None:
        return {"type": "custom" if choice.custom else "function", "name": choice.name}
    if not choice.allowed:
        return choice.mode.value
    custom = {tool.name for tool in tools if isinstance(tool, Tool) and tool.custom}
    allowed = [{"type": "custom" if name in custom else "function", "name": name} for name in choice.allowed]
    return {"type": "allowed_tools", "mode": choice.mode.value, "tools": allowed}
