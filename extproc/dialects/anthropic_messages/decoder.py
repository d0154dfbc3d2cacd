"""A streamed answer of Messages, read: blocks by their index to parts in the order they began."""

from typing import TYPE_CHECKING, Any

import msgspec

from extproc.dialects.anthropic_messages import citations, signatures
from extproc.dialects.anthropic_messages.answer import finish_of, tier_of, usage_of
from extproc.dialects.tool_input import arguments_of
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
from extproc.llm.sse import SseDecoder, SseError, SseEvent

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

BROKEN_OFF = "The provider's answer broke off before its end."
_NOT_JSON = "The provider sent an event that is not JSON."

_decode = msgspec.json.Decoder().decode


class _Block:
    """A block that has begun and not ended."""

    __slots__ = ("annotations", "given", "kind", "length", "part", "redacted", "signature")

    def __init__(self, part: int, kind: PartKind) -> None:
        self.part = part
        self.kind = kind
        self.length = 0
        self.given = ""  # a tool's input that came with the start: counts if no more of it comes
        self.signature = ""
        self.redacted = ""
        self.annotations: list[Json] = []


_KINDS = {
    "text": PartKind.TEXT,
    "thinking": PartKind.REASONING,
    "redacted_thinking": PartKind.REASONING,
    "tool_use": PartKind.TOOL_CALL,
}
_DELTAS = {
    "text_delta": ("text", PartKind.TEXT),
    "thinking_delta": ("thinking", PartKind.REASONING),
    "input_json_delta": ("partial_json", PartKind.TOOL_CALL),
}
"""By type: the field that holds the text, the kind of the part."""


class MessagesDecoder:
    """See `extproc.dialects.base.StreamDecoder`. Blocks of server tools and unknown kinds are passed over."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._open: dict[object, _Block | None] = {}  # by index; None: a block that is passed over
        self._parts = 0
        self._started = False
        self._ended = False
        self._tool_calls = False
        self._stop: Json | None = None
        self._usage: Json = {}
        self._handlers: dict[object, Callable[[Json], list[Event]]] = {
            "message_start": self._message_start,
            "content_block_start": self._block_start,
            "content_block_delta": self._block_delta,
            "content_block_stop": self._block_stop,
            "message_delta": self._message_delta,
            "message_stop": lambda _: self._finish(),
            "ping": lambda _: [Ping()] if self._started else [],
            "error": self._error,
        }

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now complete."""
        if self._ended:
            return []
        try:
            events = self._sse.feed(data)
        except SseError as error:
            return self._fail(str(error))
        return self._read(events)

    def close(self) -> list[Event]:
        """The rest; an answer that said why it stopped is whole."""
        if self._ended:
            return []
        try:
            # What is cut off in mid-event is no JSON, and that is not what is wrong with it.
            events = self._read(self._sse.close(), BROKEN_OFF)
        except SseError as error:
            return self._fail(str(error))
        if not self._ended:
            events += self._fail(BROKEN_OFF) if self._stop is None else self._finish()
        return events

    def _read(self, events: list[SseEvent], not_json: str = _NOT_JSON) -> list[Event]:
        read: list[Event] = []
        for event in events:
            if self._ended:
                break
            try:
                data = _decode(event.data)
            except (msgspec.DecodeError, RecursionError):
                return read + self._fail(not_json)
            if isinstance(data, dict):
                handler = self._handlers.get(data.get("type") or event.event)
                read += handler(data) if handler else []
        return read

    def _fail(self, message: str, kind: str = "api_error") -> list[Event]:
        self._ended = True
        return [Failed(message, kind)]

    def _error(self, data: Json) -> list[Event]:
        error = data.get("error")
        error = error if isinstance(error, dict) else {}
        kind, message = _string(error, "type"), _string(error, "message")
        return self._fail(message or "The provider reported an error.", kind or "api_error")

    def _message_start(self, data: Json) -> list[Event]:
        if self._started:
            return []
        message = data.get("message")
        return self._start(message if isinstance(message, dict) else {})

    def _start(self, message: Json) -> list[Event]:
        self._started = True
        usage = message.get("usage")
        self._usage = dict(usage) if isinstance(usage, dict) else {}
        return [
            Started(
                _string(message, "id"),
                _string(message, "model"),
                usage=usage_of(self._usage) if self._usage else None,
                service_tier=tier_of(self._usage),
            )
        ]

    def _block_start(self, data: Json) -> list[Event]:
        block, index = data.get("content_block"), data.get("index")
        block = block if isinstance(block, dict) else {}
        events: list[Event] = [] if self._started else self._start({})
        events += self._block_stop(data)
        kind = _KINDS.get(_string(block, "type"))
        if kind is None:
            self._open[_key(index)] = None
            return events
        events += self._begin(index, kind, _string(block, "id"), _string(block, "name"))
        begun = self._open[_key(index)]
        assert begun is not None
        begun.signature, begun.redacted = _string(block, "signature"), _string(block, "data")
        if kind is PartKind.TOOL_CALL:
            begun.given = arguments_of(block["input"]) if block.get("input") else ""
        elif text := _string(block, "text") or _string(block, "thinking"):
            events += _more(begun, text)
        return events

    def _begin(self, index: object, kind: PartKind, part_id: str = "", name: str = "") -> list[Event]:
        part, self._parts = self._parts, self._parts + 1
        self._open[_key(index)] = _Block(part, kind)
        if kind is PartKind.TOOL_CALL:
            self._tool_calls = True
            return [PartStarted(part, kind, part_id, name)]
        return [PartStarted(part, kind)]

    def _block_delta(self, data: Json) -> list[Event]:
        delta, key = data.get("delta"), _key(data.get("index"))
        if not isinstance(delta, dict):
            return []
        kind = _string(delta, "type")
        events: list[Event] = []
        if key not in self._open and kind in _DELTAS and kind != "input_json_delta":
            # Some providers leave out the start of a block.
            events = [] if self._started else self._start({})
            events += self._begin(key, _DELTAS[kind][1])
        block = self._open.get(key)
        if block is None:
            return events
        if kind in _DELTAS:
            field, wanted = _DELTAS[kind]
            text = _string(delta, field)
            return events + (_more(block, text) if text and block.kind is wanted else [])
        _note(block, kind, delta)
        return events

    def _block_stop(self, data: Json) -> list[Event]:
        block = self._open.pop(_key(data.get("index")), None)
        return [] if block is None else _end(block)

    def _message_delta(self, data: Json) -> list[Event]:
        delta, usage = data.get("delta"), data.get("usage")
        if isinstance(delta, dict) and delta.get("stop_reason") is not None:
            self._stop = delta
        if isinstance(usage, dict):
            self._usage |= {key: value for key, value in usage.items() if value is not None}
        return []

    def _finish(self) -> list[Event]:
        self._ended = True
        events: list[Event] = [] if self._started else self._start({})
        for block in self._open.values():
            events += [] if block is None else _end(block)
        stop = self._stop or {}
        finish = finish_of(stop.get("stop_reason"), self._tool_calls)
        usage = usage_of(self._usage) if self._usage else None
        return [*events, Finished(finish, usage, _string(stop, "stop_sequence") or None)]


def _key(index: object) -> object:
    """Anything but a number is the same odd index."""
    return index if isinstance(index, int) else None


def _string(at: Json, key: str) -> str:
    value = at.get(key)
    return value if isinstance(value, str) else ""


def _more(block: _Block, text: str) -> list[Event]:
    block.length += len(text)
    return [Delta(block.part, text)]


def _note(block: _Block, kind: str, delta: Json) -> None:
    """What is told at the end of the part."""
    if kind == "signature_delta":
        block.signature = _string(delta, "signature") or block.signature
    elif kind == "citations_delta" and isinstance(delta.get("citation"), dict):
        block.annotations.append(citations.annotation(delta["citation"], block.length))


def _end(block: _Block) -> list[Event]:
    if block.kind is PartKind.REASONING:
        read = signatures.read("", block.redacted or block.signature, redacted=bool(block.redacted))
        return [PartEnded(block.part, read.signature, read.redacted, read.origin)]
    if block.kind is PartKind.TOOL_CALL:
        given = [Delta(block.part, block.given)] if block.given and not block.length else []
        return [*given, PartEnded(block.part)]
    return [PartEnded(block.part, annotations=tuple(block.annotations))]
