"""A streamed answer of Chat Completions, written: ``chat.completion.chunk`` events and ``[DONE]``."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from extproc.dialects.openai_chat import answer, citations, finish, reasoning, usage
from extproc.llm import sse
from extproc.llm.events import Delta, Event, Failed, Finished, PartEnded, PartKind, PartStarted, Ping, Started
from extproc.llm.parts import Reasoning
from extproc.llm.request import Request

Json = dict[str, Any]

_DONE: Final = sse.encode(b"[DONE]")
_PING: Final = b": ping\n\n"

_FIELDS: Final = {
    PartKind.TEXT: "content",
    PartKind.REASONING: "reasoning_content",
    PartKind.REFUSAL: "refusal",
}

_ERROR_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authentication_error": "authentication_error",
        "invalid_request_error": "invalid_request_error",
        "not_found_error": "invalid_request_error",
        "permission_error": "permission_error",
        "rate_limit_error": "rate_limit_error",
        "request_too_large": "invalid_request_error",
    }
)
"""OpenAI's ``error.type`` by `Failed.type`; any other is ``server_error``."""


class _OpenPart:
    """A part that has started and not ended."""

    __slots__ = ("call", "started", "text_before", "written")

    def __init__(self, started: PartStarted, call: int, text_before: int) -> None:
        self.started = started
        self.call = call  # of a tool call: its place among them
        self.text_before = text_before  # characters of text before this part's
        self.written = False


class ChatStreamEncoder:
    """See `extproc.dialects.base.StreamEncoder`."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._open: dict[int, _OpenPart] = {}
        self._head = b""
        self._tail = b""
        self._calls = 0
        self._text_chars = 0
        self._reasoned = False
        self._details = 0

    def encode(self, event: Event) -> bytes:
        """The bytes for one event."""
        return _WRITERS[type(event)](self, event)

    def start(self, event: Started) -> bytes:
        """The chunk that says whose turn it is; what all chunks have in common is written once, here."""
        model = event.model or self._request.model
        head = answer.head(event.id, "chat.completion.chunk", event.created, model, event.service_tier)
        self._head = b"data: " + msgspec.json.encode(head)[:-1] + b',"choices":[{"index":0,"delta":'
        self._tail = b'}],"usage":null}\n\n' if self._request.include_usage else b"}]}\n\n"
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def start_part(self, event: PartStarted) -> bytes:
        """Only a tool call has a beginning of its own."""
        self._open[event.index] = _OpenPart(event, self._calls, self._text_chars)
        if event.kind is not PartKind.TOOL_CALL:
            return b""
        self._calls += 1
        return self._call(self._open[event.index], "", first=True)

    def write(self, event: Delta) -> bytes:
        """More of a part. Several parts of text are one; thoughts are parted by a blank line."""
        part = self._open[event.index]
        kind, text = part.started.kind, event.text
        if kind is PartKind.TOOL_CALL:
            part.written = part.written or bool(text)
            return self._call(part, text)
        if kind is PartKind.TEXT:
            self._text_chars += len(text)
        elif kind is PartKind.REASONING and text and not part.written:
            text = f"\n\n{text}" if self._reasoned else text
            self._reasoned = part.written = True
        return self._chunk({_FIELDS[kind]: text})

    def end_part(self, event: PartEnded) -> bytes:
        """What is known only at the end; arguments that never came are an empty object."""
        part = self._open.pop(event.index)
        kind = part.started.kind
        if kind is PartKind.TOOL_CALL:
            return b"" if part.written or part.started.custom else self._call(part, "{}")
        if kind is PartKind.REASONING:
            return self._seal(event, part.started.id)
        cited = citations.write(event.annotations, part.text_before)
        return self._chunk({"annotations": cited}) if cited else b""

    def finish(self, event: Finished) -> bytes:
        """The reason, the usage if the client asked for it, the end."""
        reason = finish.write(event.finish, functions_deprecated=self._request.functions_deprecated)
        last = self._chunk({}, reason)
        if self._request.include_usage and event.usage is not None:
            head = self._head[: self._head.rindex(b"[")]
            last += head + b'[],"usage":' + msgspec.json.encode(usage.write(event.usage)) + b"}\n\n"
        return last + _DONE

    def fail(self, event: Failed) -> bytes:
        """The error as the official SDKs raise it from a stream; nothing follows it."""
        kind = _ERROR_TYPES.get(event.type, "server_error")
        code = event.code or (None if event.type in {kind, "api_error"} else event.type)
        error = {"message": event.message, "type": kind, "param": None, "code": code}
        return sse.encode(msgspec.json.encode({"error": error}))

    def ping(self, _: Ping) -> bytes:
        """A comment: this API has no event for it."""
        return _PING

    def _chunk(self, delta: Json, reason: str | None = None) -> bytes:
        end = b',"logprobs":null,"finish_reason":' + (
            b"null" if reason is None else b'"%s"' % reason.encode()
        )
        return self._head + msgspec.json.encode(delta) + end + self._tail

    def _call(self, part: _OpenPart, text: str, *, first: bool = False) -> bytes:
        """A delta of a tool call; the first one has the id and the name."""
        started = part.started
        if self._request.functions_deprecated:
            name = {"name": started.name} if first else {}
            return self._chunk({"function_call": {**name, "arguments": text}}) if part.call == 0 else b""
        kind, key = ("custom", "input") if started.custom else ("function", "arguments")
        inner = {"name": started.name, key: text} if first else {key: text}
        names = {"id": started.id, "type": kind} if first else {}
        return self._chunk({"tool_calls": [{"index": part.call, **names, kind: inner}]})

    def _seal(self, event: PartEnded, part_id: str) -> bytes:
        sealed = Reasoning("", event.signature, event.redacted, part_id or None, event.origin)
        details = reasoning.details_of([sealed])
        if not details:
            return b""
        for detail in details:
            detail["index"] = self._details
        self._details += 1
        return self._chunk({"reasoning_details": details})


_WRITERS: Final[Mapping[type, Callable[[ChatStreamEncoder, Any], bytes]]] = {
    Started: ChatStreamEncoder.start,
    PartStarted: ChatStreamEncoder.start_part,
    Delta: ChatStreamEncoder.write,
    PartEnded: ChatStreamEncoder.end_part,
    Finished: ChatStreamEncoder.finish,
    Failed: ChatStreamEncoder.fail,
    Ping: ChatStreamEncoder.ping,
}
