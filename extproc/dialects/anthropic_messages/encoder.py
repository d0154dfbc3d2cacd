"""A streamed answer, written for a client of Messages.

The API sends its blocks one after another, each with one start and one stop. Parts that overlap (parallel
tool calls) are therefore held back until the one before has ended. A reasoning part's kind of block is
known when its first text comes or when it ends, so its start waits until then.
"""

from collections import deque
from typing import Any

import msgspec

from extproc.dialects.anthropic_messages import citations, signatures
from extproc.dialects.anthropic_messages.answer import message_id, stop_reason_of, write_tier, write_usage
from extproc.llm import sse
from extproc.llm.events import (
    Delta,
    Event,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Ping,
    Started,
)
from extproc.llm.parts import Reasoning
from extproc.llm.request import Request

Json = dict[str, Any]

_encode = msgspec.json.Encoder().encode
_PING = sse.encode(b'{"type":"ping"}', "ping")

_DELTAS = {
    PartKind.TEXT: ("text_delta", "text"),
    PartKind.REFUSAL: ("text_delta", "text"),
    PartKind.REASONING: ("thinking_delta", "thinking"),
    PartKind.TOOL_CALL: ("input_json_delta", "partial_json"),
}
"""By kind: the delta's type and the field that holds its text."""


class _Part:
    """A part that has begun and is not written to its end."""

    __slots__ = ("begun", "ended", "said", "start", "texts")

    def __init__(self, start: PartStarted) -> None:
        self.start = start
        self.begun = False  # its block's start is written
        self.texts: list[str] = []  # held back
        self.said: list[str] = []  # a text's own text, which its citations quote
        self.ended: PartEnded | None = None


class MessagesEncoder:
    """See `extproc.dialects.base.StreamEncoder`."""

    def __init__(self, request: Request) -> None:
        self._model = request.model
        self._parts: deque[_Part] = deque()  # in their order; the first one is written as it comes
        self._by_index: dict[int, _Part] = {}
        self._block = 0
        self._refused = False

    def encode(self, event: Event) -> bytes:
        """The bytes for one event; ``b""`` when the API says nothing of it yet."""
        match event:
            case Delta():
                part = self._by_index[event.index]
                part.texts.append(event.text)
                return self._write() if part is self._parts[0] else b""
            case PartStarted():
                part = _Part(event)
                self._parts.append(part)
                self._by_index[event.index] = part
                self._refused = self._refused or event.kind is PartKind.REFUSAL
                return self._write() if part is self._parts[0] else b""
            case PartEnded():
                self._by_index.pop(event.index).ended = event
                return self._write()
            case Ping():
                return _PING
            case _:
                return self._whole(event)

    def _whole(self, event: Started | Finished | Failed) -> bytes:
        """What concerns the answer as a whole."""
        match event:
            case Started():
                return _event("message_start", {"message": self._message(event)})
            case Finished():
                reason = stop_reason_of(event.finish, self._refused)
                delta = {"stop_reason": reason, "stop_sequence": event.stop_sequence}
                end = _event("message_delta", {"delta": delta, "usage": write_usage(event.usage)})
                return end + _event("message_stop", {})
            case Failed():
                return _event("error", {"error": {"type": event.type, "message": event.message}})

    def _message(self, started: Started) -> Json:
        usage = write_usage(started.usage)
        if (tier := write_tier(started.service_tier)) is not None:
            usage["service_tier"] = tier
        return {
            "id": message_id(started.id),
            "type": "message",
            "role": "assistant",
            "model": started.model or self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }

    def _write(self) -> bytes:
        """As much as can be said now: the first part, and those behind it when it has ended."""
        written = b""
        while self._parts:
            part = self._parts[0]
            if not part.begun and (part.texts or part.start.kind is not PartKind.REASONING):
                written += self._begin(part)
            written += self._deltas(part)
            if part.ended is None:
                break
            written += self._end(part, part.ended)
            self._parts.popleft()
        return written

    def _begin(self, part: _Part) -> bytes:
        part.begun = True
        block: Json = {"type": "text", "text": ""}
        if part.start.kind is PartKind.REASONING:
            block = {"type": "thinking", "thinking": "", "signature": ""}
        elif part.start.kind is PartKind.TOOL_CALL:
            block = {"type": "tool_use", "id": part.start.id, "name": part.start.name, "input": {}}
        return self._start(block)

    def _start(self, block: Json) -> bytes:
        return _event("content_block_start", {"index": self._block, "content_block": block})

    def _deltas(self, part: _Part) -> bytes:
        text = "".join(part.texts)
        if not text:
            return b""
        part.texts.clear()
        if part.start.kind is PartKind.TEXT:
            part.said.append(text)
        kind, field = _DELTAS[part.start.kind]
        return self._delta({"type": kind, field: text})

    def _delta(self, delta: Json) -> bytes:
        return _event("content_block_delta", {"index": self._block, "delta": delta})

    def _end(self, part: _Part, ended: PartEnded) -> bytes:
        """What is told at the end, and the stop; a part that says nothing at all has no block."""
        written = b""
        if part.start.kind is PartKind.REASONING:
            written = self._reasoning_end(part, ended)
            if not part.begun:
                return b""
        for citation in citations.write(ended.annotations, "".join(part.said)) if ended.annotations else ():
            written += self._delta({"type": "citations_delta", "citation": citation})
        written += _event("content_block_stop", {"index": self._block})
        self._block += 1
        return written

    def _reasoning_end(self, part: _Part, ended: PartEnded) -> bytes:
        """Redacted data is a block of its own; a signature is the last of the deltas."""
        reasoning = Reasoning(
            signature=ended.signature, redacted=ended.redacted, id=part.start.id or None, origin=ended.origin
        )
        if not part.begun and (data := signatures.write_redacted(reasoning)):
            part.begun = True
            return self._start({"type": "redacted_thinking", "data": data})
        signature = signatures.write(reasoning)
        if not signature:
            return b""
        start = b"" if part.begun else self._begin(part)
        return start + self._delta({"type": "signature_delta", "signature": signature})


def _event(kind: str, fields: Json) -> bytes:
    return sse.encode(_encode({"type": kind, **fields}), kind)
