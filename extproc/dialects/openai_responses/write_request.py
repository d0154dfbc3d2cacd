"""`Request` to the body of ``POST /v1/responses``."""

import hashlib
from typing import Any, Final

from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.read_request import STATE_KEYS
from extproc.dialects.openai_responses.tools import write_choice, write_tool
from extproc.dialects.openai_responses.write_items import write_messages
from extproc.llm.effort import effort_of
from extproc.llm.loss import Losses
from extproc.llm.parts import Opaque, Text
from extproc.llm.request import Message, OutputFormat, ReasoningConfig, Request, Role

OUTPUT_TOKENS_MIN: Final = 16
"""The API refuses a smaller ``max_output_tokens``."""

_USER_CHARS_MAX: Final = 64
"""The API refuses a longer ``user``."""

TIERS: Final = ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")
"""What ``service_tier`` may say."""

_TIERS: Final = {"standard_only": "default"} | {tier: tier for tier in TIERS}

_UNSAYABLE: Final = ("top_k", "stop", "seed", "frequency_penalty", "presence_penalty")
"""Fields of `Request` that this API has no word for."""


def write_request(request: Request, losses: Losses) -> Json:
    """Raises `InvalidRequest` for content that this API cannot say."""
    body: Json = {"model": request.model}
    state, messages = _take_state(list(enumerate(request.messages)))
    body |= state
    if messages and is_instructions(messages[0][1]):
        body["instructions"] = instructions_of(messages.pop(0)[1], losses)
    body["input"] = write_messages(messages, losses)
    _write_tools(request, body, losses)
    _write_limits(request, body, losses)
    _put(body, "text", write_text(request))
    _write_reasoning(request, body, losses)
    _put(body, "metadata", request.metadata)
    _put(body, "user", _user(request.user, losses))
    _put(body, "service_tier", _tier(request.service_tier, losses))
    # The others keep nothing unless asked, this API keeps everything unless told not to.
    body["store"] = bool(request.store)
    if request.stream:
        body["stream"] = True
    for name in _UNSAYABLE:
        if getattr(request, name) not in (None, ()):
            losses.add(name)
    return body


def is_instructions(message: Message) -> bool:
    """Whether a first message can be ``instructions``: one text of the system's."""
    return (
        message.role is Role.SYSTEM
        and len(message.parts) == 1
        and isinstance(message.parts[0], Text)
        and message.parts[0].text != ""
    )


def instructions_of(message: Message, losses: Losses) -> str:
    """The text of such a message."""
    part = message.parts[0]
    assert isinstance(part, Text)
    if part.cache is not None:
        losses.add("messages[0].content[0].cache_control")
    if message.name is not None:
        losses.add("messages[0].name")
    return part.text


def _take_state(
    messages: list[tuple[int, Message]],
) -> tuple[Json, list[tuple[int, Message]]]:
    """What the reader made of this API's fields of state, as fields again, and the other messages."""
    state: Json = {}
    others = []
    for index, message in messages:
        parts = message.parts
        if parts and isinstance(parts[0], Opaque) and all(_is_state(part) for part in parts):
            for part in parts:
                assert isinstance(part, Opaque)
                state |= part.raw
        else:
            others.append((index, message))
    return state, others


def _is_state(part: object) -> bool:
    return isinstance(part, Opaque) and part.origin == Api.RESPONSES and part.path in STATE_KEYS


def _write_tools(request: Request, body: Json, losses: Losses) -> None:
    if request.tools:
        body["tools"] = [
            write_tool(tool, f"tools[{index}]", losses) for index, tool in enumerate(request.tools)
        ]
    if request.tool_choice is not None:
        body["tool_choice"] = write_choice(request.tool_choice, request.tools)
    _put(body, "parallel_tool_calls", request.parallel_tool_calls)


def _write_limits(request: Request, body: Json, losses: Losses) -> None:
    limit = request.output_tokens_max
    if limit is not None:
        body["max_output_tokens"] = max(limit, OUTPUT_TOKENS_MIN)
        if limit < OUTPUT_TOKENS_MIN:
            losses.add("output_tokens_max")
    _put(body, "temperature", request.temperature)
    _put(body, "top_p", request.top_p)


def write_text(request: Request) -> Json | None:
    """``text``: the format of the answer and how many words it makes."""
    text: Json = {}
    if request.output_format is not None:
        text["format"] = _write_format(request.output_format)
    _put(text, "verbosity", request.verbosity)
    return text or None


def _write_format(form: OutputFormat) -> Json:
    if form.schema is None:
        return {"type": "json_object"}
    written: Json = {"type": "json_schema", "name": form.name, "schema": form.schema}
    _put(written, "description", form.description)
    _put(written, "strict", form.strict)
    return written


def _write_reasoning(request: Request, body: Json, losses: Losses) -> None:
    config = request.reasoning
    written = _reasoning(config) if config else {}
    if written:
        body["reasoning"] = written
    if config and config.disabled:
        # ``none`` is an error for most models, those that do not think at all included.
        losses.add("reasoning")
    asked = bool(written) and written.get("effort") != "none"
    if asked or any(item.get("type") == "reasoning" for item in body["input"]):
        # Models that do not reason refuse this, so it is asked for where it is known that they do.
        body["include"] = ["reasoning.encrypted_content"]


def _reasoning(config: ReasoningConfig) -> Json:
    written: Json = {}
    if not config.disabled:
        _put(written, "effort", config.effort or effort_of(config.budget_tokens))
        _put(written, "summary", _summary(config))
    return written


def _summary(config: ReasoningConfig) -> str | None:
    """A client of M that turns thinking on expects to be shown it."""
    thinking = config.budget_tokens is not None or config.adaptive
    return config.summary or ("auto" if thinking else None)


def _user(user: str | None, losses: Losses) -> str | None:
    """The user's id, or, where the API would refuse its length, its hash: as good to tell users apart."""
    if user is None or len(user) <= _USER_CHARS_MAX:
        return user
    losses.add("user")
    return hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()


def _tier(tier: str | None, losses: Losses) -> str | None:
    if tier is not None and tier not in _TIERS:
        losses.add("service_tier")
    return _TIERS.get(tier or "")


def _put(obj: Json, key: str, value: Any) -> None:
    if value is not None:
        obj[key] = value
