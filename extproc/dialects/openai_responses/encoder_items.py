"""The output items of an answer that is being encoded, and what the stream says of each."""

from collections.abc import Callable
from typing import Any

from extproc.dialects.base import Json
from extproc.dialects.openai_responses.output_items import (
    custom_call_item,
    function_call_item,
    message_item,
    reasoning_item,
    refusal_part,
    text_part,
)
from extproc.llm.events import PartEnded, PartKind, PartStarted
from extproc.llm.parts import Reasoning

Send = Callable[[str, Json], None]
"""Sends an event: its type and its fields."""


class Item:
    """One output item; its parts are told here, its own beginning and end by the encoder."""

    def __init__(self, send: Send, item_id: str, output_index: int) -> None:
        self._send = send
        self._where: Json = {"item_id": item_id, "output_index": output_index}
        self.id = item_id
        self.output_index = output_index
        self.open_parts = 0
        self.done = False

    def snapshot(self, status: str, /) -> Json:
        """The item as far as it has come."""
        raise NotImplementedError

    def start(self, _part: PartStarted, /) -> None:
        """One of its parts begins."""
        self.open_parts += 1

    def delta(self, index: int, text: str, /) -> None:
        """More of the part with the hub's `index`."""
        raise NotImplementedError

    def end(self, _part: PartEnded, /) -> None:
        """One of its parts is whole."""
        self.open_parts -= 1


class _Content:
    """A content part of a message."""

    __slots__ = ("annotations", "place", "refusal", "texts", "where")

    def __init__(self, place: int, where: Json, *, refusal: bool) -> None:
        self.place = place
        self.where = {**where, "content_index": place}
        self.refusal = refusal
        self.texts: list[str] = []
        self.annotations: tuple[Json, ...] = ()

    def snapshot(self) -> Json:
        text = "".join(self.texts)
        return refusal_part(text) if self.refusal else text_part(text, self.annotations)


class MessageItem(Item):
    """Words: a content part for each text or refusal."""

    def __init__(self, send: Send, item_id: str, output_index: int) -> None:
        super().__init__(send, item_id, output_index)
        self._contents: dict[int, _Content] = {}

    def snapshot(self, status: str, /) -> Json:
        """See `Item`."""
        return message_item(self.id, status, [content.snapshot() for content in self._contents.values()])

    def start(self, part: PartStarted, /) -> None:
        """``content_part.added``."""
        super().start(part)
        content = _Content(len(self._contents), self._where, refusal=part.kind is PartKind.REFUSAL)
        self._contents[part.index] = content
        self._send("response.content_part.added", {**content.where, "part": content.snapshot()})

    def delta(self, index: int, text: str, /) -> None:
        """``output_text.delta`` or ``refusal.delta``."""
        content = self._contents[index]
        content.texts.append(text)
        if content.refusal:
            self._send("response.refusal.delta", {**content.where, "delta": text})
        else:
            self._send("response.output_text.delta", {**content.where, "delta": text, "logprobs": []})

    def end(self, part: PartEnded, /) -> None:
        """The annotations, the text whole, and ``content_part.done``."""
        super().end(part)
        content = self._contents[part.index]
        content.annotations = part.annotations
        text = "".join(content.texts)
        if content.refusal:
            self._send("response.refusal.done", {**content.where, "refusal": text})
        else:
            for place, annotation in enumerate(part.annotations):
                added: Json = {**content.where, "annotation_index": place, "annotation": annotation}
                self._send("response.output_text.annotation.added", added)
            self._send("response.output_text.done", {**content.where, "text": text, "logprobs": []})
        self._send("response.content_part.done", {**content.where, "part": content.snapshot()})


class CallItem(Item):
    """A call of a function, or of a custom tool."""

    def __init__(self, send: Send, item_id: str, output_index: int, call_id: str, call: PartStarted) -> None:
        super().__init__(send, item_id, output_index)
        self._call_id = call_id
        self._call = call
        self._texts: list[str] = []
        self._event = "custom_tool_call_input" if call.custom else "function_call_arguments"

    def snapshot(self, status: str, /) -> Json:
        """See `Item`."""
        write = custom_call_item if self._call.custom else function_call_item
        return write(self.id, status, "".join(self._texts), self._call_id, self._call.name)

    def delta(self, _index: int, text: str, /) -> None:
        """``function_call_arguments.delta`` or ``custom_tool_call_input.delta``."""
        self._texts.append(text)
        self._send(f"response.{self._event}.delta", {**self._where, "delta": text})

    def end(self, part: PartEnded, /) -> None:
        """The arguments whole; no arguments are an empty object, as the API's own models write it."""
        super().end(part)
        if not self._texts and not self._call.custom:
            self.delta(part.index, "{}")
        field = "input" if self._call.custom else "arguments"
        self._send(f"response.{self._event}.done", {**self._where, field: "".join(self._texts)})


class ReasoningItem(Item):
    """Reasoning: one summary part, if it has words."""

    def __init__(self, send: Send, item_id: str, output_index: int, provider_id: str) -> None:
        super().__init__(send, item_id, output_index)
        self._where["summary_index"] = 0
        self._texts: list[str] = []
        self._provider_id = provider_id or None
        self._kept: dict[str, Any] = {}

    def snapshot(self, _status: str, /) -> Json:
        """See `Item`; this one has no status."""
        return reasoning_item(self.id, Reasoning("".join(self._texts), **self._kept))

    def delta(self, _index: int, text: str, /) -> None:
        """``reasoning_summary_text.delta``, and the part's beginning before the first."""
        if not self._texts:
            self._send("response.reasoning_summary_part.added", {**self._where, "part": _summary_part("")})
        self._texts.append(text)
        self._send("response.reasoning_summary_text.delta", {**self._where, "delta": text})

    def end(self, part: PartEnded, /) -> None:
        """The summary whole; what the provider wants back goes with the item's end."""
        super().end(part)
        self._kept = {
            "id": self._provider_id,
            "signature": part.signature,
            "redacted": part.redacted,
            "origin": part.origin,
        }
        if self._texts:
            text = "".join(self._texts)
            self._send("response.reasoning_summary_text.done", {**self._where, "text": text})
            self._send("response.reasoning_summary_part.done", {**self._where, "part": _summary_part(text)})


def _summary_part(text: str) -> Json:
    return {"type": "summary_text", "text": text}
