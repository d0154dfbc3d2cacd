"""A request, written for Messages."""

from functools import partial
from typing import Any, Final

from extproc.dialects import claude, turns
from extproc.dialects.anthropic_messages.read_request import MCP_SERVER
from extproc.dialects.anthropic_messages.write_blocks import (
    TARGET,
    cache_control,
    content_blocks,
    is_plain,
    system_blocks,
)
from extproc.dialects.api import Api
from extproc.llm.loss import Losses, refuse
from extproc.llm.request import OpaqueTool, OutputFormat, Request, Tool, ToolChoice, ToolMode

Json = dict[str, Any]

_TIERS: Final = {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}

_UNSAYABLE: Final = ("seed", "verbosity", "metadata")
_UNSAYABLE_UNLESS_ZERO: Final = ("frequency_penalty", "presence_penalty", "store")
"""Fields of `Request` without a word here; zero and false ask for nothing."""


def write_request(request: Request, losses: Losses) -> Json:
    """The body. Raises `InvalidRequest` for content that the API cannot take."""
    conversation = turns.alternate(
        request.messages,
        partial(system_blocks, losses),
        partial(content_blocks, losses),
        [{"type": "text", "text": turns.OPENING}],
        losses,
    )
    turns.results_first(conversation.turns, _is_result)
    tokens = request.output_tokens_max
    if tokens is None:
        tokens = claude.output_tokens_default(request.model)
    body: Json = {"model": request.model, "max_tokens": tokens}
    if conversation.system:
        body["system"] = _collapsed(conversation.system)
    body["messages"] = [{"role": role, "content": _collapsed(blocks)} for role, blocks in conversation.turns]
    _put_tools(body, request, losses)
    _put_thinking(body, request, _unsigned_loop(conversation.turns), losses)
    _put_limits(body, request, losses)
    return body


def _is_result(block: Json) -> bool:
    return bool(block["type"] == "tool_result")


def _unsigned_loop(turned: list[turns.Turn]) -> bool:
    """Whether a tool loop goes on whose thinking is not here."""
    start = turns.tool_loop_start(turned, _is_result)
    return start is not None and not start.blocks[0]["type"].endswith("thinking")


def _collapsed(blocks: list[Json]) -> str | list[Json]:
    """A lone text without more is a string."""
    if len(blocks) == 1 and is_plain(blocks[0]):
        return str(blocks[0]["text"])
    return blocks


def _put_tools(body: Json, request: Request, losses: Losses) -> None:
    choice = request.tool_choice
    allowed = set(choice.allowed) if choice else set()
    tools: list[Json] = []
    servers: list[Json] = []
    for i, tool in enumerate(request.tools):
        if isinstance(tool, OpaqueTool):
            (servers if tool.type == MCP_SERVER else tools).append(_opaque(tool))
        elif not allowed or tool.name in allowed:
            tools.append(_tool(tool, f"tools[{i}]"))
    if servers:
        body["mcp_servers"] = servers
    if tools:
        body["tools"] = tools
    if tools or servers:
        _put(body, "tool_choice", _tool_choice(choice, request.parallel_tool_calls))
    elif choice is not None and choice.mode is ToolMode.REQUIRED:
        losses.add("tool_choice")


def _opaque(tool: OpaqueTool) -> Json:
    if tool.origin != Api.MESSAGES:
        raise refuse(tool.path, f"a tool of the type {tool.type}", TARGET)
    return tool.raw


def _tool(tool: Tool, path: str) -> Json:
    if tool.custom:
        raise refuse(path, "a custom tool", TARGET)
    written: Json = {"name": tool.name}
    _put(written, "description", tool.description)
    written["input_schema"] = _schema(tool.parameters)
    _put(written, "strict", tool.strict)
    _put(written, "cache_control", cache_control(tool.cache))
    return written


def _schema(parameters: Json | None) -> Json:
    """An object's schema, which the API demands: no parameters are no properties."""
    if parameters is None:
        return {"type": "object", "properties": {}}
    return parameters if "type" in parameters else {"type": "object", **parameters}


def _tool_choice(choice: ToolChoice | None, parallel: bool | None) -> Json | None:
    if choice is None and parallel is not False:
        return None
    mode = choice.mode if choice else ToolMode.AUTO
    if mode is ToolMode.NONE:
        return {"type": "none"}
    written: Json = {"type": "any" if mode is ToolMode.REQUIRED else "auto"}
    if choice and choice.name is not None:
        written = {"type": "tool", "name": choice.name}
    if parallel is not None:
        written["disable_parallel_tool_use"] = not parallel
    return written


def _put_thinking(body: Json, request: Request, unsigned_loop: bool, losses: Losses) -> None:
    """``thinking``, ``output_config``, and the sampling that goes with them."""
    plan = claude.thinking_of(request, body["max_tokens"], unsigned_loop, losses)
    _put(body, "thinking", plan.thinking)
    output: Json = {}
    _put(output, "effort", plan.effort)
    _put(output, "format", _format(request.output_format, losses))
    if output:
        body["output_config"] = output
    sampling = claude.sampling_of(request, plan.on, losses)
    for name, value in sampling._asdict().items():
        _put(body, name, value)


def _format(chosen: OutputFormat | None, losses: Losses) -> Json | None:
    if chosen is None:
        return None
    if chosen.schema is None:
        losses.add("output_format")
        return None
    return {"type": "json_schema", "schema": chosen.schema}


def _put_limits(body: Json, request: Request, losses: Losses) -> None:
    stops = [stop for stop in request.stop if stop.strip()]
    if len(stops) < len(request.stop):
        losses.add("stop")
    if stops:
        body["stop_sequences"] = stops
    if request.stream:
        body["stream"] = True
    if request.user is not None:
        body["metadata"] = {"user_id": request.user}
    tier = _TIERS.get(request.service_tier or "")
    _put(body, "service_tier", tier)
    _tell_unsayable(request, tier, losses)


def _tell_unsayable(request: Request, tier: str | None, losses: Losses) -> None:
    if request.service_tier is not None and tier is None:
        losses.add("service_tier")
    for name in _UNSAYABLE:
        if getattr(request, name) is not None:
            losses.add(name)
    for name in _UNSAYABLE_UNLESS_ZERO:
        if getattr(request, name):
            losses.add(name)


def _put(at: Json, key: str, value: object) -> None:
    if value is not None:
        at[key] = value
