"""Events to a streamed answer.

Items are numbered in the order they begin. Texts and refusals that follow each other are one message, as in a
whole answer; so a message stays open until something else begins, and ends when its last part has.
"""

from typing import Final

import msgspec

from extproc.dialects.base import Json
from extproc.dialects.openai_responses.encoder_items import CallItem, Item, MessageItem, ReasoningItem
from extproc.dialects.openai_responses.failure import code_of
from extproc.dialects.openai_responses.ids import Ids
from extproc.dialects.openai_responses.response_object import begun, end, is_complete, tier
from extproc.llm import sse
from extproc.llm.events import Delta, Event, Failed, Finished, PartEnded, PartKind, PartStarted, Ping, Started
from extproc.llm.request import Request

_WORDS: Final = (PartKind.TEXT, PartKind.REFUSAL)

_COMMENT: Final = b": keepalive\n\n"
"""The API has no event for a sign of life; a comment is one for everything in between."""

_encode: Final = msgspec.json.Encoder().encode


class Encoder:
    """Events in, bytes out; see `extproc.dialects.base.StreamEncoder`."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._ids = Ids("")
        self._response: Json = {}
        self._items: list[Item] = []
        self._item_of: dict[int, Item] = {}
        self._out: list[bytes] = []
        self._sequence_number = 0

    def encode(self, event: Event) -> bytes:
        """The bytes for one event."""
        match event:
            case Delta():
                self._delta(event)
            case PartStarted():
                self._part_started(event)
            case PartEnded():
                self._part_ended(event)
            case Started():
                self._started(event)
            case Finished():
                self._finished(event)
            case Failed():
                self._failed(event)
            case Ping():
                self._out.append(_COMMENT)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def _send(self, kind: str, data: Json) -> None:
        numbered = {"type": kind, "sequence_number": self._sequence_number, **data}
        self._sequence_number += 1
        self._out.append(sse.encode(_encode(numbered), kind))

    def _started(self, event: Started) -> None:
        self._ids = Ids(event.id)
        self._response = begun(self._request, self._ids.response, event.model, event.created)
        if event.service_tier is not None:
            self._response["service_tier"] = tier(event.service_tier)
        self._send("response.created", {"response": self._response})
        self._send("response.in_progress", {"response": self._response})

    def _part_started(self, event: PartStarted) -> None:
        last = self._items[-1] if self._items else None
        if event.kind in _WORDS and isinstance(last, MessageItem) and not last.done:
            item: Item = last
        else:
            if last is not None and last.open_parts == 0:
                self._end_item(last, "completed")
            item = self._new_item(event)
        self._item_of[event.index] = item
        item.start(event)

    def _new_item(self, event: PartStarted) -> Item:
        item = self._make_item(event, len(self._items))
        self._items.append(item)
        added = {"output_index": item.output_index, "item": item.snapshot("in_progress")}
        self._send("response.output_item.added", added)
        return item

    def _make_item(self, event: PartStarted, index: int) -> Item:
        if event.kind in _WORDS:
            return MessageItem(self._send, self._ids.item("msg", index), index)
        if event.kind is PartKind.REASONING:
            return ReasoningItem(self._send, self._ids.item("rs", index, event.id), index, event.id)
        item_id = self._ids.item("ctc" if event.custom else "fc", index)
        return CallItem(self._send, item_id, index, self._ids.call(index, event.id), event)

    def _delta(self, event: Delta) -> None:
        if event.text:
            self._item_of[event.index].delta(event.index, event.text)

    def _part_ended(self, event: PartEnded) -> None:
        item = self._item_of[event.index]
        item.end(event)
        if item.open_parts == 0 and not (isinstance(item, MessageItem) and item is self._items[-1]):
            self._end_item(item, "completed")

    def _end_item(self, item: Item, status: str) -> None:
        if not item.done:
            item.done = True
            done = {"output_index": item.output_index, "item": item.snapshot(status)}
            self._send("response.output_item.done", done)

    def _finished(self, event: Finished) -> None:
        status = "completed" if is_complete(event.finish) else "incomplete"
        if self._items:
            self._end_item(self._items[-1], status)
        output = [item.snapshot("completed") for item in self._items]
        if output and isinstance(self._items[-1], MessageItem):
            output[-1]["status"] = status
        end(self._response, event.finish, output, event.usage)
        self._send(f"response.{status}", {"response": self._response})

    def _failed(self, event: Failed) -> None:
        """The error event, then the answer as far as it came, failed."""
        if not self._response:
            self._started(Started())
        code = code_of(event)
        self._send("error", {"code": event.code or code, "message": event.message, "param": None})
        self._response["status"] = "failed"
        self._response["error"] = {"code": code, "message": event.message}
        self._response["output"] = [
            item.snapshot("completed" if item.done else "incomplete") for item in self._items
        ]
        self._send("response.failed", {"response": self._response})
