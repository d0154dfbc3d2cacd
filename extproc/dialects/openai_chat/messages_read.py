"""``messages`` of a Chat Completions request, read."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from extproc.dialects import fields
from extproc.dialects.api import Api
from extproc.dialects.openai_chat import citations, content, reasoning
from extproc.llm.parts import Opaque, Part, Refusal, Text, ToolCall, ToolResult
from extproc.llm.request import Message, Role

Json = dict[str, Any]

# To look a member up in its enum costs more than what is done with it here.
_SAID: Final = Role.ASSISTANT
_ANSWERED: Final = Role.TOOL
_PLAIN: Final = {role.value: role for role in (Role.SYSTEM, Role.DEVELOPER, Role.USER)}

_MESSAGE: Final = frozenset({"role", "content", "name", "cache_control"})
_ASSISTANT: Final = _MESSAGE | {
    "annotations",
    "audio",
    "function_call",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "refusal",
    "tool_calls",
}
_USUAL: Final = frozenset({"role", "content", "tool_calls"})
"""What nearly every message of an assistant has, and nothing else."""
_TOOL: Final = frozenset({"role", "content", "tool_call_id", "name", "cache_control"})
_CALL: Final = frozenset({"id", "type", "function", "custom", "index"})


class MessageReader:
    """Reads the messages of one request in order: deprecated function calls have no ids but their order."""

    def __init__(self) -> None:
        self.unmodelled: list[str] = []
        self._function_ids: dict[str, str] = {}
        self._custom_ids: set[str] = set()

    def read(self, body: Json) -> tuple[Message, ...]:
        """All of them; raises `InvalidRequest`."""
        if not isinstance(body.get("messages"), list):
            raise fields.invalid("messages", "an array")
        return tuple([self._read(message, at) for at, message in fields.objects(body, "messages", "")])

    def _read(self, message: Json, at: str) -> Message:
        role = message.get("role")
        reader = _READERS.get(role) if isinstance(role, str) else None
        if reader is None:
            raise fields.invalid(f"{at}.role", f"one of {', '.join(_READERS)}")
        return reader(self, message, at)

    def plain(self, message: Json, at: str) -> Message:
        """A message of the system, the developer or the user."""
        self.unmodelled += fields.left_over(message, _MESSAGE, at)
        parts = content.read(message, at, self.unmodelled)
        return Message(_PLAIN[message["role"]], tuple(parts), fields.text(message, "name", at))

    def assistant(self, message: Json, at: str) -> Message:
        """What the model said and called before."""
        usual = _USUAL.issuperset(message)
        parts = content.read(message, at, self.unmodelled) if usual else self._unusual(message, at)
        for path, call in fields.objects(message, "tool_calls", at):
            parts.append(self._call(call, path))
        if usual:
            return Message(_SAID, tuple(parts))
        function = fields.mapping(message, "function_call", at)
        if function is not None:
            parts.append(self._function_call(function, f"{at}.function_call"))
        return Message(_SAID, tuple(parts), fields.text(message, "name", at))

    def _unusual(self, message: Json, at: str) -> list[Part]:
        """What a model with more to it said: thinking first, as it thought before it spoke."""
        self.unmodelled += fields.left_over(message, _ASSISTANT, at)
        parts: list[Part] = [*reasoning.read(message), *self._said(message, at)]
        if refusal := fields.text(message, "refusal", at):
            parts.append(Refusal(refusal))
        audio = fields.mapping(message, "audio", at)
        if audio is not None:
            parts.append(Opaque(Api.CHAT, f"{at}.audio", "audio", audio))
        return parts

    def _said(self, message: Json, at: str) -> list[Part]:
        """The content; citations belong to its text where it is a single one."""
        parts = content.read(message, at, self.unmodelled)
        cited = citations.read(message) if "annotations" in message else ()
        if not cited:
            return parts
        if len(parts) == 1 and isinstance(parts[0], Text):
            return [msgspec.structs.replace(parts[0], annotations=cited)]
        self.unmodelled.append(f"{at}.annotations")
        return parts

    def _call(self, call: Json, at: str) -> ToolCall:
        self.unmodelled += fields.left_over(call, _CALL, at)
        call_id = fields.required_text(call, "id", at)
        custom = fields.mapping(call, "custom", at) if "custom" in call else None
        if custom is not None and call.get("function") is None:
            self._custom_ids.add(call_id)
            path = f"{at}.custom"
            name = fields.required_text(custom, "name", path)
            return ToolCall(call_id, name, fields.required_text(custom, "input", path), custom=True)
        function, path = fields.required_mapping(call, "function", at), f"{at}.function"
        return ToolCall(call_id, fields.required_text(function, "name", path), arguments_of(function, path))

    def _function_call(self, function: Json, at: str) -> ToolCall:
        name = fields.required_text(function, "name", at)
        call_id = f"call_function_{len(self._function_ids)}_{name}"
        self._function_ids[name] = call_id
        return ToolCall(call_id, name, arguments_of(function, at))

    def tool(self, message: Json, at: str) -> Message:
        """What a tool answered."""
        self.unmodelled += fields.left_over(message, _TOOL, at)
        call_id = fields.required_text(message, "tool_call_id", at)
        parts = tuple(content.read(message, at, self.unmodelled))
        return Message(_ANSWERED, (ToolResult(call_id, parts, custom=call_id in self._custom_ids),))

    def function(self, message: Json, at: str) -> Message:
        """What a deprecated function answered: to its last call."""
        self.unmodelled += fields.left_over(message, _MESSAGE, at)
        name = fields.required_text(message, "name", at)
        call_id = self._function_ids.get(name)
        if call_id is None:
            raise fields.invalid(f"{at}.name", "the name of a function that was called before")
        return Message(_ANSWERED, (ToolResult(call_id, tuple(content.read(message, at, self.unmodelled))),))


_READERS: Final[Mapping[str, Callable[[MessageReader, Json, str], Message]]] = {
    "system": MessageReader.plain,
    "developer": MessageReader.plain,
    "user": MessageReader.plain,
    "assistant": MessageReader.assistant,
    "tool": MessageReader.tool,
    "function": MessageReader.function,
}


def arguments_of(function: Json, at: str) -> str:
    """``arguments``: JSON text; some say it as an object, and without parameters not at all."""
    arguments = function.get("arguments")
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return fields.text(function, "arguments", at) or ""
