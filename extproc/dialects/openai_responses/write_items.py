"""Messages to input items."""

import hashlib
from collections.abc import Iterable
from typing import Final

from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.content import write_input, write_output
from extproc.llm.loss import Losses
from extproc.llm.parts import Opaque, Part, Reasoning, Text, ToolCall, ToolResult
from extproc.llm.request import Message, Role

# To look a member up in its enum costs more than what is done with it here.
_USER: Final = Role.USER
_ASSISTANT: Final = Role.ASSISTANT
_TOOL: Final = Role.TOOL

_CALL_ID_CHARS_MAX: Final = 64
"""The API refuses a longer ``call_id``."""

_ITEMS: Final = (Reasoning, ToolCall, ToolResult)
"""Parts that are items of their own."""


class ItemsWriter:
    """Writes messages in their order; knows which calls were to custom tools: their outputs say so too."""

    def __init__(self, losses: Losses) -> None:
        self.items: list[Json] = []
        self._losses = losses
        self._custom_calls: set[str] = set()

    def write(self, message: Message, path: str) -> None:
        """One message: an item for each run of content, each call, output and piece of reasoning."""
        if message.name is not None:
            self._losses.add(f"{path}.name")
        content: list[tuple[Part, str]] = []
        for index, part in enumerate(message.parts):
            part_path = f"{path}.content[{index}]"
            if isinstance(part, _ITEMS) or (isinstance(part, Opaque) and _is_item(part)):
                if content:
                    self._write_content(message.role, content)
                    content = []
                self._write_item(part, part_path)
            else:
                content.append((part, part_path))
        if content:
            self._write_content(message.role, content)

    def _write_content(self, role: Role, content: list[tuple[Part, str]]) -> None:
        if role is _ASSISTANT:
            written = self._assistant_content(content)
        else:
            written = [write_input(part, path, self._losses) for part, path in content]
        said_by = _USER if role is _TOOL else role
        self.items.append({"type": "message", "role": str(said_by), "content": written})

    def _assistant_content(self, content: list[tuple[Part, str]]) -> list[Json] | str:
        """A string where that is enough: an item with an array is the provider's own and would have an id."""
        part, path = content[0]
        if len(content) == 1 and isinstance(part, Text) and not part.annotations:
            write_output(part, path, self._losses)
            return part.text
        return [write_output(part, path, self._losses) for part, path in content]

    def _write_item(self, part: Part, path: str) -> None:
        match part:
            case ToolCall():
                self.items.append(self._call(part, path))
            case ToolResult():
                self.items.append(self._output(part, path))
            case Reasoning():
                self._write_reasoning(part, path)
            case Opaque():
                self.items.append(part.raw)

    def _call(self, call: ToolCall, path: str) -> Json:
        self._note_cache(call, path)
        item: Json = {"id": call.item_id} if call.item_id else {}
        item |= {"call_id": call_id(call.id), "name": call.name}
        if call.custom:
            self._custom_calls.add(call.id)
            return {"type": "custom_tool_call", **item, "input": call.arguments}
        return {"type": "function_call", **item, "arguments": call.arguments or "{}"}

    def _output(self, result: ToolResult, path: str) -> Json:
        self._note_cache(result, path)
        if result.is_error:
            # The API has no mark for it; the output's words are all that the model sees.
            self._losses.add(f"{path}.is_error")
        custom = result.custom or result.call_id in self._custom_calls
        kind = "custom_tool_call_output" if custom else "function_call_output"
        return {"type": kind, "call_id": call_id(result.call_id), "output": self._result(result, path)}

    def _result(self, result: ToolResult, path: str) -> list[Json] | str:
        content = [
            write_input(part, f"{path}.content[{index}]", self._losses)
            for index, part in enumerate(result.content)
        ]
        if not content:
            return ""
        only = result.content[0]
        return only.text if len(content) == 1 and isinstance(only, Text) else content

    def _write_reasoning(self, reasoning: Reasoning, path: str) -> None:
        """Only what this API can decrypt: by its id alone it finds none, for it was not told to store any."""
        if reasoning.origin != Api.RESPONSES or not reasoning.signature:
            self._losses.add(path)
            return
        item: Json = {"type": "reasoning", "summary": summary(reasoning.text)}
        if reasoning.id:
            item["id"] = reasoning.id
        item["encrypted_content"] = reasoning.signature
        self.items.append(item)

    def _note_cache(self, part: ToolCall | ToolResult, path: str) -> None:
        if part.cache is not None:
            self._losses.add(f"{path}.cache_control")


def write_messages(messages: Iterable[tuple[int, Message]], losses: Losses) -> list[Json]:
    """The items of numbered messages; the numbers are for paths."""
    writer = ItemsWriter(losses)
    for index, message in messages:
        writer.write(message, f"messages[{index}]")
    return writer.items


def summary(text: str) -> list[Json]:
    """A reasoning item's ``summary``."""
    return [{"type": "summary_text", "text": text}] if text else []


def call_id(value: str) -> str:
    """A call's id as it is, or, where the API would refuse its length, one made from it."""
    if len(value) <= _CALL_ID_CHARS_MAX:
        return value
    return f"call_{hashlib.sha256(value.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _is_item(part: Opaque) -> bool:
    """Whether it was an item of this API: its path is ``input[3]``, that of content is longer."""
    return part.origin == Api.RESPONSES and part.path.endswith("]") and "." not in part.path
