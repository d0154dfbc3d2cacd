"""Plano's replay format and messages as OpenAI writes them, read leniently: data at rest is never tidy."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from extproc.signals.row import Kind, Row

_KINDS: Final = {kind.value: kind for kind in Kind} | {
    "user": Kind.HUMAN,
    "assistant": Kind.AGENT,
    "chatgpt": Kind.AGENT,
    "bard": Kind.AGENT,
    "tool_call": Kind.CALL,
    "tool": Kind.RESULT,
    "tool_response": Kind.RESULT,
}


def rows(messages: Sequence[Any]) -> Iterator[Row]:
    """The rows of `messages`: ``{"from", "value"}``, or ``{"role", "content", "tool_calls"}``, or a mixture.

    What is neither is passed over, and counts.
    """
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        if "from" in message:
            yield from _sharegpt(message, number)
        else:
            yield from _openai(message, number)


def _sharegpt(message: dict[str, Any], number: int) -> Iterator[Row]:
    kind = _KINDS.get(str(message.get("from")))
    value = message.get("value", "")
    text = value if isinstance(value, str) else _json(value)
    if kind is Kind.CALL:
        name, arguments = call(text)
        yield Row(kind, arguments, number, name=name)
    elif kind is not None:
        yield Row(kind, text, number)


def call(text: str) -> tuple[str, str]:
    """Name and arguments of a call: JSON, ``name(arguments)``, or whatever it is as the name."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        value = None
    if isinstance(value, dict):
        inner = value.get("function")
        if isinstance(inner, dict):
            value = inner
        name = value.get("name", value.get("function", "unknown"))
        arguments = next(
            (value[key] for key in ("arguments", "args", "input", "parameters") if key in value), ""
        )
        return str(name), arguments if isinstance(arguments, str) else _json(arguments)
    head, bracket, rest = text.strip().partition("(")
    if bracket and rest.endswith(")") and head.strip():
        return head.strip(), rest[:-1]
    return text.strip()[:200], ""


def _openai(message: dict[str, Any], number: int) -> Iterator[Row]:
    role = message.get("role")
    text = _text(message.get("content"))
    if role == "user":
        yield from _blocks(message.get("content"), number)
        if text:
            yield Row(Kind.HUMAN, text, number)
    elif role == "assistant":
        yield from _answer(message, text, number)
    elif role in ("tool", "function"):
        yield Row(Kind.RESULT, text, number, call=_string(message.get("tool_call_id")))
    elif message.get("type") == "function_call":
        name, arguments = _string(message.get("name")), _string(message.get("arguments"))
        yield Row(Kind.CALL, arguments, number, name=name, call=_string(message.get("call_id")))
    elif message.get("type") == "function_call_output":
        yield Row(Kind.RESULT, _text(message.get("output")), number, call=_string(message.get("call_id")))


def _answer(message: dict[str, Any], text: str, number: int) -> Iterator[Row]:
    if text:
        yield Row(Kind.AGENT, text, number)
    calls = message.get("tool_calls")
    for one in calls if isinstance(calls, list) else ():
        if isinstance(one, dict):
            name, arguments = call(_json(one))
            yield Row(Kind.CALL, arguments, number, name=name, call=_string(one.get("id")))
    if isinstance(old := message.get("function_call"), dict):
        yield Row(Kind.CALL, _string(old.get("arguments")), number, name=_string(old.get("name")))
    yield from _blocks(message.get("content"), number)


def _blocks(content: Any, number: int) -> Iterator[Row]:
    """Calls and results that stand in the content, as Anthropic writes them."""
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        if block.get("type") == "tool_use":
            name, arguments = _string(block.get("name")), _json(block.get("input", {}))
            yield Row(Kind.CALL, arguments, number, name=name, call=_string(block.get("id")))
        elif block.get("type") == "tool_result":
            text, id_ = _text(block.get("content")), _string(block.get("tool_use_id"))
            yield Row(Kind.RESULT, text, number, call=id_, failed=block.get("is_error") is True)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return "" if content is None else _json(content)
    parts = (
        part if isinstance(part, str) else part.get("text")
        for part in content
        if isinstance(part, str | dict)
    )
    return "\n".join(part for part in parts if isinstance(part, str))


def _string(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else _json(value)


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value, order="deterministic").decode()
    except (TypeError, ValueError, RecursionError):
        return str(value)
