"""A request, written for Converse. The model stands in the path, the wish to stream too."""

from typing import Any, Final

import msgspec

from extproc.dialects import claude, turns
from extproc.dialects.bedrock_converse.model_fields import additional_fields
from extproc.dialects.bedrock_converse.write_blocks import TARGET, BlockWriter, cache_point
from extproc.llm.loss import Losses, refuse
from extproc.llm.request import OpaqueTool, OutputFormat, Request, Tool, ToolChoice, ToolMode

Json = dict[str, Any]

STOP_SEQUENCES_MAX: Final = 2_500
METADATA_ITEMS_MAX: Final = 16
METADATA_CHARS_MAX: Final = 256

_TIERS: Final = frozenset({"default", "flex", "priority", "reserved"})
_UNSAYABLE: Final = ("seed", "verbosity", "user")
_UNSAYABLE_UNLESS_ZERO: Final = ("frequency_penalty", "presence_penalty", "store")
"""Fields of `Request` without a word here; zero and false ask for nothing."""


def write_request(request: Request, losses: Losses) -> Json:
    """The body. Raises `InvalidRequest` for content that the API cannot take."""
    tool_config = _tool_config(request, losses)
    writer = BlockWriter(request.model, tool_config is not None, losses)
    conversation = turns.alternate(
        request.messages, writer.system, writer.content, [{"text": turns.OPENING}], losses
    )
    turns.results_first(conversation.turns, _is_result)
    body: Json = {
        "messages": [{"role": role, "content": blocks} for role, blocks in conversation.turns],
    }
    _put(body, "system", conversation.system)
    _put(body, "toolConfig", tool_config)
    _put_inference(body, request, _unsigned_loop(conversation.turns), losses)
    _put(body, "outputConfig", _output_config(request.output_format, losses))
    _put(body, "requestMetadata", _metadata(request.metadata, losses))
    _put_tier(body, request.service_tier, losses)
    for name in _UNSAYABLE:
        if getattr(request, name) is not None:
            losses.add(name)
    for name in _UNSAYABLE_UNLESS_ZERO:
        if getattr(request, name):
            losses.add(name)
    return body


def _put(at: Json, key: str, value: object) -> None:
    if value:
        at[key] = value


def _is_result(block: Json) -> bool:
    return "toolResult" in block


def _unsigned_loop(turned: list[turns.Turn]) -> bool:
    """Whether a tool loop goes on whose thinking is not here."""
    start = turns.tool_loop_start(turned, _is_result)
    return start is not None and "reasoningContent" not in start.blocks[0]


def _tool_config(request: Request, losses: Losses) -> Json | None:
    """``None``: no tools, by the client's wish too, for which the API has no word."""
    choice = request.tool_choice
    for tool in request.tools:
        if isinstance(tool, OpaqueTool):
            raise refuse(tool.path, f"a tool of the type {tool.type}", TARGET)
    if not request.tools or (choice is not None and choice.mode is ToolMode.NONE):
        if choice is not None and choice.mode is ToolMode.REQUIRED:
            losses.add("tool_choice")
        return None
    if request.parallel_tool_calls is False:
        losses.add("parallel_tool_calls")
    config: Json = {"tools": _tools(request, set(choice.allowed) if choice else set())}
    if choice is not None:
        config["toolChoice"] = _tool_choice(choice)
    return config


def _tools(request: Request, allowed: set[str]) -> list[Json]:
    written: list[Json] = []
    for i, tool in enumerate(request.tools):
        assert isinstance(tool, Tool)
        if allowed and tool.name not in allowed:
            continue
        written.append({"toolSpec": _tool_spec(tool, f"tools[{i}]")})
        if tool.cache is not None:
            written.append(cache_point(tool.cache))
    return written


def _tool_spec(tool: Tool, path: str) -> Json:
    if tool.custom:
        raise refuse(path, "a custom tool", TARGET)
    schema = tool.parameters if tool.parameters is not None else {"type": "object", "properties": {}}
    spec: Json = {"name": tool.name}
    _put(spec, "description", tool.description)
    spec["inputSchema"] = {"json": schema if "type" in schema else {"type": "object", **schema}}
    _put(spec, "strict", tool.strict)
    return spec


def _tool_choice(choice: ToolChoice) -> Json:
    if choice.name is not None:
        return {"tool": {"name": choice.name}}
    return {"any": {}} if choice.mode is ToolMode.REQUIRED else {"auto": {}}


def _put_inference(body: Json, request: Request, unsigned_loop: bool, losses: Losses) -> None:
    """``inferenceConfig``, and what a model family has beside it."""
    tokens = _output_tokens(request.output_tokens_max, losses)
    known = claude.is_claude(request.model)
    plan = claude.Thinking()
    if known and request.reasoning is not None:
        # Claude alone counts its thinking against a limit that must then be said.
        tokens = tokens if tokens is not None else claude.output_tokens_default(request.model)
        plan = claude.thinking_of(request, tokens, unsigned_loop, losses)
    sampling = claude.sampling_of(request, plan.on, losses)
    stops = [stop for stop in request.stop if stop.strip()][:STOP_SEQUENCES_MAX]
    if len(stops) < len(request.stop):
        losses.add("stop")
    said = {
        "maxTokens": tokens,
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "stopSequences": stops or None,
    }
    _put(body, "inferenceConfig", {key: value for key, value in said.items() if value is not None})
    _put(body, "additionalModelRequestFields", additional_fields(request, plan, sampling.top_k, losses))
    if stops and known:
        body["additionalModelResponseFieldPaths"] = ["/stop_sequence"]


def _output_tokens(wanted: int | None, losses: Losses) -> int | None:
    """Anthropic's 0 (fill the cache, answer nothing) is refused here: the least is one."""
    if wanted is None or wanted > 0:
        return wanted
    losses.add("output_tokens_max")
    return 1


def _output_config(chosen: OutputFormat | None, losses: Losses) -> Json | None:
    if chosen is None:
        return None
    if chosen.schema is None:
        losses.add("output_format")
        return None
    definition = {"schema": msgspec.json.encode(chosen.schema).decode(), "name": chosen.name}
    _put(definition, "description", chosen.description)
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def _metadata(metadata: dict[str, str] | None, losses: Losses) -> dict[str, str] | None:
    """At most 16 short pairs; the rest is left out."""
    kept: dict[str, str] = {}
    for key, value in (metadata or {}).items():
        short = 0 < len(key) <= METADATA_CHARS_MAX and len(value) <= METADATA_CHARS_MAX
        if short and len(kept) < METADATA_ITEMS_MAX:
            kept[key] = value
        else:
            losses.add(f"metadata.{key}")
    return kept or None


def _put_tier(body: Json, tier: str | None, losses: Losses) -> None:
    if tier in _TIERS:
        body["serviceTier"] = {"type": tier}
    elif tier not in (None, "auto"):
        losses.add("service_tier")
