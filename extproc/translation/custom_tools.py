"""Custom tools (free text in place of JSON arguments) for providers that know functions alone.

On the way there a custom tool becomes a function with one string, ``input``; on the way back its calls become
custom again. Only OpenAI has custom tools, and agents written for it (Codex) rely on them.
"""

from dataclasses import replace
from typing import Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.base import Json, StreamDecoder, UpstreamDialect
from extproc.llm.events import Delta, Event, PartEnded, PartStarted
from extproc.llm.parts import Part, ToolCall, ToolResult
from extproc.llm.request import Message, OpaqueTool, Request, Tool
from extproc.llm.response import Response
from extproc.providers.profile import Profile

_KNOWING: Final = frozenset({"openai", "azure_openai"})
"""Profiles whose Chat API has custom tools; every Responses API has them."""

_INPUT: Final = "input"
_PARAMETERS: Final = {
    "type": "object",
    "properties": {_INPUT: {"type": "string", "description": "The tool's whole input, as plain text."}},
    "required": [_INPUT],
    "additionalProperties": False,
}

_decode: Final = msgspec.json.Decoder(dict[str, object]).decode


def unknown_to(api: Api, profile: Profile | None) -> bool:
    """Whether the provider knows no custom tools by `api`."""
    if api is Api.CHAT:
        return profile is not None and profile.id not in _KNOWING
    return api is not Api.RESPONSES


def named_in(request: Request) -> frozenset[str]:
    """The names of the custom tools that the request offers, or that were called before."""
    offered = (tool.name for tool in request.tools if isinstance(tool, Tool) and tool.custom)
    parts = (part for message in request.messages for part in message.parts)
    called = (part.name for part in parts if isinstance(part, ToolCall) and part.custom)
    return frozenset((*offered, *called))


def wrapped(request: Request) -> Request:
    """`request` with functions for its custom tools, in its history too."""
    choice = request.tool_choice
    return msgspec.structs.replace(
        request,
        tools=tuple(map(_wrapped_tool, request.tools)),
        tool_choice=msgspec.structs.replace(choice, custom=False) if choice else None,
        messages=tuple(map(_wrapped_message, request.messages)),
    )


def unwrapping(dialect: UpstreamDialect, names: frozenset[str]) -> UpstreamDialect:
    """`dialect` with answers in which calls of the tools called `names` are custom again."""

    def read_response(answer: Json) -> Response:
        response = dialect.read_response(answer)
        parts = tuple(_unwrapped(part, names) for part in response.parts)
        return msgspec.structs.replace(response, parts=parts)

    return replace(
        dialect,
        read_response=read_response,
        stream_decoder=lambda: _Unwrapping(dialect.stream_decoder(), names),
    )


def _wrapped_tool(tool: Tool | OpaqueTool) -> Tool | OpaqueTool:
    if isinstance(tool, OpaqueTool) or not tool.custom:
        return tool
    description = tool.description or ""
    if tool.format:
        description += f"\n\nThe input must have this format: {msgspec.json.encode(tool.format).decode()}"
    return Tool(tool.name, description.strip() or None, _PARAMETERS, cache=tool.cache)


def _wrapped_message(message: Message) -> Message:
    return msgspec.structs.replace(message, parts=tuple(map(_wrapped_part, message.parts)))


def _wrapped_part(part: Part) -> Part:
    match part:
        case ToolCall(custom=True):
            arguments = msgspec.json.encode({_INPUT: part.arguments}).decode()
            return msgspec.structs.replace(part, arguments=arguments, custom=False)
        case ToolResult(custom=True):
            return msgspec.structs.replace(part, custom=False)
        case _:
            return part


def _unwrapped(part: Part, names: frozenset[str]) -> Part:
    if isinstance(part, ToolCall) and part.name in names:
        return msgspec.structs.replace(part, arguments=_input_of(part.arguments), custom=True)
    return part


def _input_of(arguments: str) -> str:
    """The text in ``{"input": text}``; a model that wrote something else is taken at its word."""
    try:
        value = _decode(arguments).get(_INPUT)
    except msgspec.DecodeError:
        return arguments
    return value if isinstance(value, str) else arguments


class _Unwrapping(StreamDecoder):
    """Holds the arguments of custom calls back until they are whole: only then are they known to be JSON."""

    def __init__(self, decoder: StreamDecoder, names: frozenset[str]) -> None:
        self._decoder = decoder
        self._names = names
        self._held: dict[int, list[str]] = {}

    def feed(self, data: bytes) -> list[Event]:
        return self._turned(self._decoder.feed(data))

    def close(self) -> list[Event]:
        return self._turned(self._decoder.close())

    def _turned(self, events: list[Event]) -> list[Event]:
        return [turned for event in events for turned in self._turn(event)]

    def _turn(self, event: Event) -> list[Event]:
        match event:
            case PartStarted(name=name) if name in self._names:
                self._held[event.index] = []
                return [msgspec.structs.replace(event, custom=True)]
            case Delta(index=index) if index in self._held:
                self._held[index].append(event.text)
                return []
            case PartEnded(index=index) if index in self._held:
                text = _input_of("".join(self._held.pop(index)))
                return [Delta(index, text), event] if text else [event]
            case _:
                return [event]
