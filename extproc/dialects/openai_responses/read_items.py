"""Input items to messages.

A turn of the model is one message here, but several items there: its reasoning, its words and its calls.
Neighbours that the model made become one message, and so do the outputs of parallel calls; what a person said
stays apart.
"""

from collections.abc import Callable, Mapping
from typing import Final

from extproc.dialects import fields, sealed
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.content import read_content
from extproc.llm.parts import Opaque, Part, Reasoning, ToolCall, ToolResult
from extproc.llm.request import Message, Role

_MESSAGE_KEYS: Final = frozenset({"type", "role", "content", "id", "status"})
_CALL_KEYS: Final = frozenset({"type", "id", "call_id", "name", "arguments", "input", "status"})
_OUTPUT_KEYS: Final = frozenset({"type", "id", "call_id", "output", "status"})
_REASONING_KEYS: Final = frozenset({"type", "id", "summary", "content", "encrypted_content", "status"})

_ROLES: Final = {role.value: role for role in (Role.USER, Role.ASSISTANT, Role.SYSTEM, Role.DEVELOPER)}
# To look a member up in its enum costs more than what is done with it here.
_ASSISTANT: Final = Role.ASSISTANT
_TOOL: Final = Role.TOOL
_MERGED: Final = (_ASSISTANT, _TOOL)

Turn = tuple[Role, tuple[Part, ...]]


def read_input(body: Json, lost: list[str]) -> list[Message]:
    """``input``: a string, or items."""
    value = body.get("input")
    if value is None:
        return []
    if isinstance(value, str):
        return _messages([(Role.USER, read_content(body, "input", "", lost))])
    if not isinstance(value, list):
        raise fields.invalid("input", "a string or an array")
    return _messages([_read_item(item, path, lost) for path, item in fields.objects(body, "input", "")])


def _messages(turns: list[Turn]) -> list[Message]:
    gathered: list[tuple[Role, list[Part]]] = []
    for role, parts in turns:
        if gathered and role in _MERGED and gathered[-1][0] is role:
            gathered[-1][1].extend(parts)
        else:
            gathered.append((role, list(parts)))
    return [Message(role, tuple(parts)) for role, parts in gathered]


def _read_item(obj: Json, path: str, lost: list[str]) -> Turn:
    kind = fields.text(obj, "type", path)
    if kind is None:
        kind = "message" if "role" in obj else "item_reference"
    reader = _READERS.get(kind)
    return reader(obj, path, lost) if reader else (_ASSISTANT, (Opaque(Api.RESPONSES, path, kind, obj),))


def _read_message(obj: Json, path: str, lost: list[str]) -> Turn:
    role = _ROLES.get(fields.required_text(obj, "role", path))
    if role is None:
        raise fields.invalid(f"{path}.role", "user, assistant, system or developer")
    lost += fields.left_over(obj, _MESSAGE_KEYS, path)
    return role, read_content(obj, "content", path, lost)


def _read_function_call(obj: Json, path: str, lost: list[str]) -> Turn:
    return _ASSISTANT, (read_call(obj, path, "arguments", lost),)


def _read_custom_call(obj: Json, path: str, lost: list[str]) -> Turn:
    return _ASSISTANT, (read_call(obj, path, "input", lost),)


def read_call(obj: Json, path: str, key: str, lost: list[str]) -> ToolCall:
    """A call: ``arguments`` of a function, or ``input`` of a custom tool."""
    lost += fields.left_over(obj, _CALL_KEYS, path)
    return ToolCall(
        fields.required_text(obj, "call_id", path),
        fields.required_text(obj, "name", path),
        fields.text(obj, key, path) or "",
        custom=key == "input",
        item_id=fields.text(obj, "id", path),
    )


def _read_output(obj: Json, path: str, lost: list[str]) -> Turn:
    """What a tool answered; without a ``call_id`` it belongs to one of the provider's own."""
    kind = fields.required_text(obj, "type", path)
    call_id = fields.text(obj, "call_id", path)
    if call_id is None:
        return _TOOL, (Opaque(Api.RESPONSES, path, kind, obj),)
    lost += fields.left_over(obj, _OUTPUT_KEYS, path)
    content = () if obj.get("output") == "" else read_content(obj, "output", path, lost)
    return _TOOL, (ToolResult(call_id, content, custom=kind == "custom_tool_call_output"),)


def _read_reasoning(obj: Json, path: str, lost: list[str]) -> Turn:
    lost += fields.left_over(obj, _REASONING_KEYS, path)
    return _ASSISTANT, (read_reasoning(obj, path, lost),)


def read_reasoning(obj: Json, path: str, lost: list[str]) -> Reasoning:
    """A reasoning item: its content, else its summary, and what it is worth to who made it."""
    content = _texts(obj, "content", path)
    summary = _texts(obj, "summary", path)
    if content and summary:
        lost.append(f"{path}.summary")
    text = content or summary
    encrypted = fields.text(obj, "encrypted_content", path)
    foreign = sealed.unseal(encrypted, text) if encrypted else None
    if foreign is not None:
        return foreign
    item_id = fields.text(obj, "id", path)
    origin = Api.RESPONSES.value if encrypted or item_id else None
    return Reasoning(text, signature=encrypted or None, id=item_id or None, origin=origin)


def _texts(obj: Json, key: str, path: str) -> str:
    if not obj.get(key):
        return ""
    return "\n\n".join(
        fields.required_text(paragraph, "text", at) for at, paragraph in fields.objects(obj, key, path)
    )


_READERS: Final[Mapping[str, Callable[[Json, str, list[str]], Turn]]] = {
    "message": _read_message,
    "function_call": _read_function_call,
    "custom_tool_call": _read_custom_call,
    "function_call_output": _read_output,
    "custom_tool_call_output": _read_output,
    "reasoning": _read_reasoning,
}
