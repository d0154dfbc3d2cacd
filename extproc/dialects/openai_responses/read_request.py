"""The body of ``POST /v1/responses`` to `Request`."""

from typing import Final

from extproc.dialects import fields
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.read_items import read_input
from extproc.dialects.openai_responses.tools import read_choice, read_tools
from extproc.llm.parts import Opaque, Text
from extproc.llm.request import Message, OutputFormat, ReasoningConfig, Request, Role

STATE_KEYS: Final = ("previous_response_id", "conversation", "prompt", "background")
"""What only the provider can make good, for it is stored there or runs there.

Without it the request would mean something else. So each becomes an `Opaque` part at the head of the
messages, and no writer leaves such a part out.
"""

MODELLED_KEYS: Final = frozenset(
    {
        "model",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "max_output_tokens",
        "temperature",
        "top_p",
        "text",
        "reasoning",
        "include",
        "metadata",
        "user",
        "safety_identifier",
        "store",
        "service_tier",
        "stream",
        "stream_options",
        *STATE_KEYS,
    }
)
"""Fields that are read here; every other one that says something goes to `Request.unmodelled`."""

_TEXT_KEYS: Final = frozenset({"format", "verbosity"})
_FORMAT_KEYS: Final = frozenset({"type", "name", "schema", "description", "strict"})
_REASONING_KEYS: Final = frozenset({"effort", "summary", "generate_summary"})
_OPTIONS_KEYS: Final = frozenset({"include_obfuscation"})
_INCLUDED: Final = ("reasoning.encrypted_content",)
"""``include`` values that every answer of ours fulfils, where there is something to include."""


def read_request(body: Json) -> Request:
    """Raises `InvalidRequest`."""
    lost = fields.left_over(body, MODELLED_KEYS, "")
    _note_options(body, lost)
    text = fields.mapping(body, "text", "") or {}
    lost += fields.left_over(text, _TEXT_KEYS, "text")
    return Request(
        model=fields.text(body, "model", "") or "",
        messages=_read_messages(body, lost),
        tools=read_tools(body, lost),
        tool_choice=read_choice(body, lost),
        parallel_tool_calls=fields.flag(body, "parallel_tool_calls", ""),
        output_tokens_max=fields.integer(body, "max_output_tokens", ""),
        temperature=fields.number(body, "temperature", ""),
        top_p=fields.number(body, "top_p", ""),
        output_format=_read_format(text, lost),
        verbosity=fields.text(text, "verbosity", "text"),
        reasoning=_read_reasoning(body, lost),
        stream=bool(fields.flag(body, "stream", "")),
        include_usage=True,
        user=_read_user(body, lost),
        metadata=fields.string_map(body, "metadata", ""),
        service_tier=fields.text(body, "service_tier", ""),
        store=fields.flag(body, "store", ""),
        unmodelled=tuple(lost),
    )


def _read_messages(body: Json, lost: list[str]) -> tuple[Message, ...]:
    messages = read_input(body, lost)
    state = tuple(_state_parts(body))
    if state:
        messages.insert(0, Message(Role.USER, state))
    instructions = fields.text(body, "instructions", "")
    if instructions:
        messages.insert(0, Message(Role.SYSTEM, (Text(instructions),)))
    return tuple(messages)


def _state_parts(body: Json) -> list[Opaque]:
    return [
        Opaque(Api.RESPONSES, key, key, {key: body[key]})
        for key in STATE_KEYS
        if body.get(key) not in (None, False)
    ]


def _read_format(text: Json, lost: list[str]) -> OutputFormat | None:
    form = fields.mapping(text, "format", "text")
    if form is None:
        return None
    kind = fields.required_text(form, "type", "text.format")
    if kind == "json_object":
        return OutputFormat()
    if kind != "json_schema":
        if kind != "text":
            lost.append("text.format")
        return None
    lost += fields.left_over(form, _FORMAT_KEYS, "text.format")
    return OutputFormat(
        fields.required_mapping(form, "schema", "text.format"),
        fields.text(form, "name", "text.format") or "response",
        fields.text(form, "description", "text.format"),
        fields.flag(form, "strict", "text.format"),
    )


def _read_reasoning(body: Json, lost: list[str]) -> ReasoningConfig | None:
    config = fields.mapping(body, "reasoning", "")
    if config is None:
        return None
    lost += fields.left_over(config, _REASONING_KEYS, "reasoning")
    effort = fields.text(config, "effort", "reasoning")
    summary = fields.text(config, "summary", "reasoning") or fields.text(
        config, "generate_summary", "reasoning"
    )
    return ReasoningConfig(effort=effort, summary=summary) if effort or summary else None


def _read_user(body: Json, lost: list[str]) -> str | None:
    """``safety_identifier`` is the new name of ``user``."""
    user, identifier = fields.text(body, "user", ""), fields.text(body, "safety_identifier", "")
    if identifier is None:
        return user
    if user is not None and user != identifier:
        lost.append("user")
    return identifier


def _note_options(body: Json, lost: list[str]) -> None:
    include = fields.array(body, "include", "")
    lost += [f"include[{index}]" for index, value in enumerate(include) if value not in _INCLUDED]
    options = fields.mapping(body, "stream_options", "") or {}
    lost += fields.left_over(options, _OPTIONS_KEYS, "stream_options")
    if fields.flag(options, "include_obfuscation", "stream_options"):
        lost.append("stream_options.include_obfuscation")
