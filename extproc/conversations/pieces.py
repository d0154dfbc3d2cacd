"""The output of a streamed answer, piece by piece: some break off, some do not repeat it at their end."""

from typing import Any, Final

import msgspec

from extproc.conversations.events import data_of
from extproc.conversations.items import output_of
from extproc.conversations.members import with_members, written
from extproc.dialects.openai_responses.output_items import refusal_part, text_part
from extproc.limits import UNREAD_EVENTS_MAX

Json = dict[str, Any]


class _Told(msgspec.Struct, gc=False):
    """What the events have that tell of pieces."""

    type: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""
    item: msgspec.Raw = msgspec.Raw(b"{}")


class _Kind(msgspec.Struct, gc=False):
    type: str = ""


_told: Final = msgspec.json.Decoder(_Told).decode
_kind: Final = msgspec.json.Decoder(_Kind).decode
_PARTS: Final = {"response.output_text.delta": "output_text", "response.refusal.delta": "refusal"}


class Pieces:
    """What has come so far."""

    def __init__(self) -> None:
        self._whole: dict[int, msgspec.Raw] = {}
        self._begun: dict[int, msgspec.Raw] = {}
        self._texts: dict[tuple[int, int, str], list[str]] = {}
        self._unread: list[bytes] = []
        """Events with words: most are never read, as the item that they belong to comes whole."""

    def add_words(self, event: bytes) -> None:
        """An event with more of a text."""
        self._unread.append(event)
        if len(self._unread) >= UNREAD_EVENTS_MAX:
            self._read()

    def add_item(self, event: bytes) -> None:
        """An event that begins or ends an item, if it is one; raises `msgspec.DecodeError`."""
        told = _told(data_of(event))
        # A copy, which does not hold on to the whole event.
        item = msgspec.Raw(bytes(told.item))
        if told.type == "response.output_item.added":
            self._begun[told.output_index] = item
        elif told.type == "response.output_item.done":
            self._whole[told.output_index] = item
            if self._begun.keys() <= self._whole.keys():
                self._unread.clear()
                self._texts.clear()

    def output(self) -> list[msgspec.Raw]:
        """The items that are whole, and messages as far as they were said."""
        self._read()
        found = dict(self._whole)
        for index, item in self._begun.items():
            if index not in found and _kind(item).type == "message" and (content := self._content(index)):
                told = {"status": written("incomplete"), "content": written(content)}
                found[index] = with_members(item, told)
        return [found[index] for index in sorted(found)]

    def completed(self, response: msgspec.Raw) -> msgspec.Raw:
        """A whole answer, with the items that came where it does not repeat them; raises as `add_item`."""
        if output_of(response) or not self._whole:
            return response
        return with_members(response, {"output": written(self.output())})

    def _read(self) -> None:
        for event in self._unread:
            try:
                told = _told(data_of(event))
            except msgspec.DecodeError:
                continue
            if part := _PARTS.get(told.type):
                self._texts.setdefault((told.output_index, told.content_index, part), []).append(told.delta)
        self._unread.clear()

    def _content(self, index: int) -> list[Json]:
        parts: list[Json] = []
        for place, texts in sorted(self._texts.items()):
            if place[0] == index:
                text = "".join(texts)
                parts.append(refusal_part(text) if place[2] == "refusal" else text_part(text))
        return parts
