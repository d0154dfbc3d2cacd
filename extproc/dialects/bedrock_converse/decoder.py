"""A streamed answer of Converse, read: frames to events.

``messageStart (contentBlockStart? contentBlockDelta* contentBlockStop)* messageStop metadata``; only tool
calls have a ``contentBlockStart``. An exception may stand anywhere and is the last of the frames.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.bedrock_converse.answer import (
    annotation,
    finish_of,
    mapping,
    stop_sequence_of,
    string,
    usage_of,
)
from extproc.dialects.bedrock_converse.error import error_type
from extproc.llm.events import (
    Delta,
    Event,
    Failed,
    Finished,
    PartEnded,
    PartKind,
    PartStarted,
    Started,
)
from extproc.llm.eventstream import EventStreamError, Frame, FrameDecoder, HeaderValue

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

BROKEN_OFF: Final = "The provider's answer broke off before its end."
_NOT_JSON: Final = "The provider sent an event that is not JSON."

_decode = msgspec.json.Decoder().decode


class _Block:
    """A block that has begun and not ended."""

    __slots__ = ("annotations", "kind", "length", "part", "redacted", "signature")

    def __init__(self, part: int, kind: PartKind) -> None:
        self.part = part
        self.kind = kind
        self.length = 0
        self.signature = ""
        self.redacted = ""
        self.annotations: list[Json] = []


class ConverseDecoder:
    """See `extproc.dialects.base.StreamDecoder`. Server tools, their results and images are passed over."""

    def __init__(self) -> None:
        self._frames = FrameDecoder()
        self._open: dict[object, _Block | None] = {}  # by index; None: a block that is passed over
        self._parts = 0
        self._started = False
        self._ended = False
        self._tool_calls = False
        self._stop: Json | None = None
        self._handlers: dict[object, Callable[[Json], list[Event]]] = {
            "messageStart": lambda _: self._start(),
            "contentBlockStart": self._block_start,
            "contentBlockDelta": self._block_delta,
            "contentBlockStop": self._block_stop,
            "messageStop": self._message_stop,
            "metadata": self._metadata,
        }

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now complete."""
        if self._ended:
            return []
        try:
            frames = self._frames.feed(data)
        except EventStreamError as error:
            return self._broken(str(error))
        events: list[Event] = []
        for frame in frames:
            if not self._ended:
                events += self._read(frame)
        return events

    def close(self) -> list[Event]:
        """The rest, at the end of the answer."""
        if self._ended:
            return []
        try:
            self._frames.close()
        except EventStreamError as error:
            return self._broken(str(error))
        return self._broken(BROKEN_OFF)

    def _broken(self, message: str) -> list[Event]:
        """The bytes end or are damaged: an answer that said why it stopped lacks nothing but its usage."""
        return self._fail(message) if self._stop is None else self._finish({})

    def _read(self, frame: Frame) -> list[Event]:
        kind = frame.headers.get(":message-type")
        try:
            data = _decode(frame.payload) if frame.payload else {}
        except (msgspec.DecodeError, RecursionError):
            data = None
        if kind in ("exception", "error"):
            return self._exception(frame.headers, data)
        handler = self._handlers.get(frame.headers.get(":event-type"))
        if handler is None:
            return []
        return handler(data) if isinstance(data, dict) else self._fail(_NOT_JSON)

    def _exception(self, headers: Mapping[str, HeaderValue], data: object) -> list[Event]:
        name = headers.get(":exception-type") or headers.get(":error-code")
        name = name if isinstance(name, str) else ""
        message = data.get("message") if isinstance(data, dict) else None
        message = message or headers.get(":error-message")
        said = (
            message
            if isinstance(message, str) and message
            else f"The provider reported {name or 'an error'}."
        )
        return self._fail(said, error_type(name), name or None)

    def _fail(self, message: str, kind: str = "api_error", code: str | None = None) -> list[Event]:
        self._ended = True
        return [Failed(message, kind, code)]

    def _start(self) -> list[Event]:
        if self._started:
            return []
        self._started = True
        return [Started()]

    def _block_start(self, data: Json) -> list[Event]:
        events = self._start() + self._block_stop(data)
        start, key = mapping(data, "start"), _key(data)
        call = mapping(start, "toolUse")
        if call and call.get("type") != "server_tool_use":
            return events + self._begin(key, PartKind.TOOL_CALL, call)
        if start:
            self._open[key] = None
        return events

    def _begin(self, key: object, kind: PartKind, call: Json) -> list[Event]:
        part, self._parts = self._parts, self._parts + 1
        self._open[key] = _Block(part, kind)
        if kind is PartKind.TOOL_CALL:
            self._tool_calls = True
            return [PartStarted(part, kind, string(call, "toolUseId"), string(call, "name"))]
        return [PartStarted(part, kind)]

    def _block_delta(self, data: Json) -> list[Event]:
        delta, key = mapping(data, "delta"), _key(data)
        kind = _kind(delta)
        if kind is None:
            return []
        events = self._start()
        if key not in self._open:
            if kind is PartKind.TOOL_CALL:
                return events
            events += self._begin(key, kind, {})
        block = self._open[key]
        if block is None or block.kind is not kind:
            return events
        if text := _text(delta, block):
            block.length += len(text)
            events.append(Delta(block.part, text))
        return events

    def _block_stop(self, data: Json) -> list[Event]:
        block = self._open.pop(_key(data), None)
        return [] if block is None else [_end(block)]

    def _message_stop(self, data: Json) -> list[Event]:
        self._stop = data
        events = self._start()
        events += [_end(block) for block in self._open.values() if block is not None]
        self._open.clear()
        return events

    def _metadata(self, data: Json) -> list[Event]:
        return [] if self._stop is None else self._finish(data)

    def _finish(self, metadata: Json) -> list[Event]:
        self._ended = True
        stop = self._stop or {}
        finish = finish_of(stop.get("stopReason"), self._tool_calls)
        return [Finished(finish, usage_of(metadata.get("usage")), stop_sequence_of(stop))]


def _key(data: Json) -> object:
    """Anything but a number is the same odd index."""
    index = data.get("contentBlockIndex")
    return index if isinstance(index, int) else None


def _kind(delta: Json) -> PartKind | None:
    """What a delta is more of; ``None``: of something that is passed over."""
    if "text" in delta or "citation" in delta:
        return PartKind.TEXT
    if "toolUse" in delta:
        return PartKind.TOOL_CALL
    return PartKind.REASONING if "reasoningContent" in delta else None


def _text(delta: Json, block: _Block) -> str:
    """The text of a delta; what is told at the end of the part is noted."""
    if block.kind is PartKind.TOOL_CALL:
        return string(mapping(delta, "toolUse"), "input")
    if block.kind is PartKind.TEXT:
        if citation := mapping(delta, "citation"):
            block.annotations.append(annotation(citation, block.length))
        return string(delta, "text")
    reasoning = mapping(delta, "reasoningContent")
    block.signature += string(reasoning, "signature")
    block.redacted += string(reasoning, "redactedContent")
    return string(reasoning, "text")


def _end(block: _Block) -> PartEnded:
    if block.kind is not PartKind.REASONING:
        return PartEnded(block.part, annotations=tuple(block.annotations))
    origin = Api.CONVERSE.value if block.signature or block.redacted else None
    return PartEnded(block.part, block.signature or None, block.redacted or None, origin)
