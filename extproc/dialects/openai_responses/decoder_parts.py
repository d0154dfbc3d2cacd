"""The parts of an answer in the making: which have begun, how much of each was said, which have ended."""

from collections.abc import Hashable
from typing import Any

from extproc.dialects import sealed
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.llm.events import Delta, Event, PartEnded, PartKind, PartStarted

Paragraph = tuple[str, int]
"""Where reasoning is said: ``("summary", 1)``."""


def text_of(obj: Json, key: str) -> str:
    """A string, or ``""``."""
    value = obj.get(key)
    return value if isinstance(value, str) else ""


def number_of(obj: Json, key: str) -> int:
    """An index, or 0."""
    value = obj.get(key)
    return value if isinstance(value, int) else 0


def object_of(obj: Json, key: str) -> Json:
    """An object, or an empty one."""
    value = obj.get(key)
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[Json]:
    """The objects of an array."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


class Part:
    """One part."""

    __slots__ = ("annotations", "ended", "index", "kind", "paragraph", "said_chars")

    def __init__(self, index: int, kind: PartKind) -> None:
        self.index = index
        self.kind = kind
        self.said_chars = 0
        """Of the text, or of the paragraph that reasoning is at."""
        self.paragraph: Paragraph | None = None
        self.annotations: list[Json] = []
        self.ended = False


class Parts:
    """All of them, by item and place; what happens to them is appended to `out` as events."""

    def __init__(self, out: list[Event]) -> None:
        self._out = out
        self._items: dict[Hashable, dict[int, Part]] = {}
        self._keys: dict[str, Hashable] = {}
        self._done: set[Hashable] = set()
        self._count = 0
        self.called = False
        """Whether a tool call is among them."""

    def key_of(self, data: Json) -> Hashable:
        """Which item an event is about: by its index, or by its id where a provider gives no index."""
        item_id = text_of(data, "item_id") or text_of(object_of(data, "item"), "id")
        index = data.get("output_index")
        if isinstance(index, int):
            if item_id:
                self._keys.setdefault(item_id, index)
            return index
        return self._keys.get(item_id, item_id)

    def begin(self, key: Hashable, item: Json) -> None:
        """An item begins; a message, or reasoning, does when it says something."""
        match text_of(item, "type"):
            case "function_call":
                self._begin_call(key, item, "arguments")
            case "custom_tool_call":
                self._begin_call(key, item, "input")

    def _begin_call(self, key: Hashable, item: Json, field: str) -> Part:
        part = self.whole_item(key)
        if part is None:
            self.called = True
            call_id = text_of(item, "call_id") or text_of(item, "id") or f"call_{self._count}"
            name, custom = text_of(item, "name"), field == "input"
            part = self._begin_part(
                key, 0, PartStarted(self._count, PartKind.TOOL_CALL, call_id, name, custom)
            )
        self.complete(part, text_of(item, field))
        return part

    def reasoning(self, key: Hashable, item_id: str) -> Part:
        """The reasoning of an item, begun now if it has not."""
        part = self.whole_item(key)
        return part or self._begin_part(key, 0, PartStarted(self._count, PartKind.REASONING, item_id))

    def content(self, key: Hashable, content_index: int, kind: PartKind) -> Part:
        """A part of a message, begun now if it has not."""
        part = self._items.get(key, {}).get(content_index)
        return part or self._begin_part(key, content_index, PartStarted(self._count, kind))

    def whole_item(self, key: Hashable) -> Part | None:
        """The part that is an item of its own: a call, or reasoning."""
        return self._items.get(key, {}).get(0)

    def _begin_part(self, key: Hashable, place: int, started: PartStarted) -> Part:
        part = Part(started.index, started.kind)
        self._items.setdefault(key, {})[place] = part
        self._count += 1
        self._out.append(started)
        return part

    def add(self, part: Part, delta: str) -> None:
        """More of a part."""
        if delta and not part.ended:
            part.said_chars += len(delta)
            self._out.append(Delta(part.index, delta))

    def complete(self, part: Part, whole: str) -> None:
        """What `whole` says more than the deltas did."""
        self.add(part, whole[part.said_chars :])

    def think(self, part: Part, paragraph: Paragraph, text: str, *, whole: bool) -> None:
        """More of reasoning, its paragraphs parted by a blank line.

        Of summary and content, the one that comes first counts.
        """
        if not text or part.kind is not PartKind.REASONING:
            return
        at = part.paragraph
        if at is not None and (at[0] != paragraph[0] or paragraph[1] < at[1]):
            return
        if at != paragraph:
            if at is not None:
                self.add(part, "\n\n")
            part.paragraph = paragraph
            part.said_chars = 0
        self.add(part, text[part.said_chars :] if whole else text)

    def end_content(self, key: Hashable, content_index: int, content: Json) -> None:
        """A part of a message has ended; `content` is all of it."""
        match text_of(content, "type"):
            case "output_text":
                part = self.content(key, content_index, PartKind.TEXT)
                self.complete(part, text_of(content, "text"))
                part.annotations = objects_of(content.get("annotations")) or part.annotations
            case "refusal":
                part = self.content(key, content_index, PartKind.REFUSAL)
                self.complete(part, text_of(content, "refusal"))
            case _:
                return
        self._end(part, PartEnded(part.index, annotations=tuple(part.annotations)))

    def end_item(self, key: Hashable, item: Json) -> None:
        """An item has ended; `item` is all of it."""
        if key in self._done:
            return
        self._done.add(key)
        match text_of(item, "type"):
            case "message":
                for place, content in enumerate(objects_of(item.get("content"))):
                    self.end_content(key, place, content)
            case "function_call":
                self._begin_call(key, item, "arguments")
            case "custom_tool_call":
                self._begin_call(key, item, "input")
            case "reasoning":
                self._end_reasoning(key, item)
        self._end_parts(key)

    def _end_reasoning(self, key: Hashable, item: Json) -> None:
        told = any(text_of(paragraph, "text") for paragraph in objects_of(item.get("summary")))
        if not (told or item.get("content") or item.get("encrypted_content") or self.whole_item(key)):
            return
        part = self.reasoning(key, text_of(item, "id"))
        for source in ("content", "summary"):
            for place, paragraph in enumerate(objects_of(item.get(source))):
                self.think(part, (source, place), text_of(paragraph, "text"), whole=True)
        encrypted = text_of(item, "encrypted_content")
        foreign = sealed.unseal(encrypted, "")
        if foreign is not None:
            ended = PartEnded(part.index, foreign.signature, foreign.redacted, foreign.origin)
        else:
            origin = Api.RESPONSES.value if encrypted or text_of(item, "id") else None
            ended = PartEnded(part.index, encrypted or None, origin=origin)
        self._end(part, ended)

    def end_all(self, output: Any) -> None:
        """The answer has ended; `output` is all of it, if the provider tells."""
        for place, item in enumerate(objects_of(output)):
            self.end_item(self._place(place, item), item)
        for key in self._items:
            self._end_parts(key)

    def _place(self, place: int, item: Json) -> Hashable:
        """An item's key: its id says it better than its place, for a provider may leave items out."""
        return self._keys.get(text_of(item, "id"), place)

    def _end_parts(self, key: Hashable) -> None:
        for part in self._items.get(key, {}).values():
            self._end(part, PartEnded(part.index, annotations=tuple(part.annotations)))

    def _end(self, part: Part, ended: PartEnded) -> None:
        if not part.ended:
            part.ended = True
            self._out.append(ended)
