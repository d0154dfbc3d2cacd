"""The output of a streamed answer, piece by piece: some break off, some do not repeat it at their end."""

from typing import Any, Final

import msgspec

from extproc.conversations.items import output_of
from extproc.conversations.members import with_members, written
from extproc.dialects.openai_responses.output_items import refusal_part, text_part


class _Told(msgspec.Struct, gc=False):
    """What the events have that tell of pieces."""

    type: str = ""
    output_index: int = 0
    content_index: int = 0
    delta: str = ""
    item: msgspec.Raw = msgspec.Raw(b"{}")


class _Kind(msgspec.Struct, gc=False):
    type: str = ""


Json = dict[str, Any]

_told: Final = msgspec.json.Decoder(_Told).decode
_kind: Final = msgspec.json.Decoder(_Kind).decode
_PARTS: Final = {"response.output_text.delta": "output_text", "response.refusal.delta": "refusal"}


class Pieces:
    """What has come so far."""

    def __init__(self) -> None:
        self._whole: dict[int, msgspec.Raw] = {}
        self._begun: dict[int, msgspec.Raw] = {}
        self._texts: dict[tuple[int, int, str], list[str]] = {}

    def add(self, data: bytes) -> None:
        """An event that tells of a piece, if it is one; raises `msgspec.DecodeError`."""
        told = _told(data)
        index = told.output_index
        if part := _PARTS.get(told.type):
            self._texts.setdefault((index, told.content_index, part), []).append(told.delta)
        elif told.type == "response.output_item.added":
            self._begun[index] = _own(told.item)
        elif told.type == "response.output_item.done":
            self._whole[index] = _own(told.item)
            self._texts = {place: text for place, text in self._texts.items() if place[0] != index}

    def output(self) -> list[msgspec.Raw]:
        """The items that are whole, and messages as far as they were said."""
        found = dict(self._whole)
        for index, item in self._begun.items():
            if index not in found and _kind(item).type == "message" and (content := self._content(index)):
                told = {"status": written("incomplete"), "content": written(content)}
                found[index] = with_members(item, told)
        return [found[index] for index in sorted(found)]

    def completed(self, response: msgspec.Raw) -> msgspec.Raw:
        """A whole answer, with the items that came where it does not repeat them; raises as `add`."""
        if output_of(response) or not self._whole:
            return response
        return with_members(response, {"output": written(self.output())})

    def _content(self, index: int) -> list[Json]:
        parts: list[Json] = []
        for place, texts in sorted(self._texts.items()):
            if place[0] == index:
                text = "".join(texts)
                parts.append(refusal_part(text) if place[2] == "refusal" else text_part(text))
        return parts


def _own(item: msgspec.Raw) -> msgspec.Raw:
    """A copy, which does not hold on to the whole event that the item is part of."""
    return msgspec.Raw(bytes(item))
