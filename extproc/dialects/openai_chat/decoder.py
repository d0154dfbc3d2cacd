"""A streamed answer of Chat Completions, read: ``chat.completion.chunk`` events and ``[DONE]``."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec

from extproc.dialects.base import ProviderError
from extproc.dialects.openai_chat import answer, citations, errors, finish, reasoning, usage
from extproc.dialects.openai_chat.assembly import Assembly
from extproc.dialects.openai_chat.response import split_content
from extproc.llm.events import Event, Failed, Finished, PartKind, Ping, Started
from extproc.llm.sse import SseDecoder, SseError, SseEvent

if TYPE_CHECKING:
    from extproc.llm.response import Usage

Json = dict[str, Any]

_DONE: Final = b"[DONE]"

_FAILURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "400": "invalid_request_error",
        "401": "authentication_error",
        "403": "permission_error",
        "404": "not_found_error",
        "413": "request_too_large",
        "429": "rate_limit_error",
        "503": "overloaded_error",
        "529": "overloaded_error",
        "authentication_error": "authentication_error",
        "engine_overloaded": "overloaded_error",
        "insufficient_quota": "rate_limit_error",
        "invalid_api_key": "authentication_error",
        "invalid_request_error": "invalid_request_error",
        "not_found_error": "not_found_error",
        "overloaded": "overloaded_error",
        "overloaded_error": "overloaded_error",
        "permission_error": "permission_error",
        "rate_limit_error": "rate_limit_error",
        "rate_limit_exceeded": "rate_limit_error",
        "request_too_large": "request_too_large",
        "service_unavailable": "overloaded_error",
    }
)
"""`Failed.type` by the provider's code or, failing that, type; any other is ``api_error``."""


class ChatStreamDecoder:
    """See `extproc.dialects.base.StreamDecoder`. Of several choices, the first."""

    def __init__(self, speaker: str = errors.PROVIDER) -> None:
        """`speaker` is who answers, as people are told it."""
        self._speaker = speaker
        self._sse = SseDecoder()
        self._json: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
        self._assembly = Assembly()
        self._started = False
        self._ended = False
        self._last: Json | None = None  # the choice that had the reason of the end
        self._usage: Usage | None = None

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now complete."""
        events: list[Event] = []
        if not self._ended:
            self._read(lambda: self._sse.feed(data), events)
        return events

    def close(self) -> list[Event]:
        """The rest. An answer that had its reason to end is whole; not all say ``[DONE]``."""
        events: list[Event] = []
        if not self._ended:
            self._read(self._sse.close, events)
        if not self._ended:
            if self._last is None:
                self._fail(Failed(f"{self._speaker}'s answer broke off before its end."), events)
            else:
                self._finish(events)
        return events

    def _read(self, frames: Callable[[], list[SseEvent]], events: list[Event]) -> None:
        try:
            self._take(frames(), events)
        except SseError as error:
            self._fail(Failed(str(error)), events)

    def _take(self, frames: list[SseEvent], events: list[Event]) -> None:
        for frame in frames:
            if self._ended:
                return
            data = frame.data.strip()
            if data == _DONE:
                self._finish(events)
            elif data:
                self._frame(frame, events)

    def _frame(self, frame: SseEvent, events: list[Event]) -> None:
        try:
            chunk = self._json.decode(frame.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._fail(Failed(f"{self._speaker} sent an event that is not JSON."), events)
            return
        if not isinstance(chunk, dict):
            self._fail(Failed(f"{self._speaker} sent an event that is not an object."), events)
        elif chunk.get("error") or chunk.get("object") == "error" or frame.event == "error":
            self._fail(_failure(errors.error_of(chunk, 500, self._speaker)), events)
        else:
            self._chunk(chunk, events)

    def _chunk(self, chunk: Json, events: list[Event]) -> None:
        choice = _first_choice(chunk)
        if not self._started:
            if choice is None and not chunk.get("usage"):
                return  # Azure's first chunk tells of its filters alone, without id and model
            self._start(chunk, events)
        elif chunk.get("type") == "ping":
            events.append(Ping())
        counted = chunk.get("usage") or _usage_elsewhere(chunk, choice)
        if counted:
            self._usage = usage.read(counted) or self._usage
        if choice is not None:
            self._choice(choice, events)

    def _start(self, chunk: Json, events: list[Event]) -> None:
        self._started = True
        self._assembly.answer_id = answer.text_of(chunk, "id")
        events.append(
            Started(
                id=self._assembly.answer_id,
                model=answer.text_of(chunk, "model"),
                created=answer.created_of(chunk),
                service_tier=answer.text_of(chunk, "service_tier") or None,
            )
        )

    def _choice(self, choice: Json, events: list[Event]) -> None:
        delta = choice.get("delta")
        if not isinstance(delta, dict) and self._assembly.is_empty:
            delta = choice.get("message")  # a server that cannot stream answers with one chunk
        if isinstance(delta, dict):
            self._delta(delta, events)
        if choice.get("finish_reason"):
            self._last = choice

    def _delta(self, delta: Json, events: list[Event]) -> None:
        assembly = self._assembly
        text, thought = split_content(delta.get("content"))
        self._reasoning(delta, thought, events)
        if "annotations" in delta:
            assembly.cite(citations.read(delta))
        text = text or answer.spoken(delta.get("audio"))
        if text:
            assembly.say(PartKind.TEXT, text, events)
        if refusal := answer.text_of(delta, "refusal"):
            assembly.say(PartKind.REFUSAL, refusal, events)
        calls = delta.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                assembly.call(call, events)
        function = delta.get("function_call")
        if isinstance(function, dict):
            assembly.call({"index": 0, "function": function}, events)

    def _reasoning(self, delta: Json, thought: str, events: list[Event]) -> None:
        details = delta.get("reasoning_details")
        parts = [reasoning.read_detail(item) for item in details] if isinstance(details, list) else []
        thought = thought or reasoning.text_of(delta) or "".join(part.text for part in parts if part)
        if thought:
            self._assembly.say(PartKind.REASONING, thought, events)
        for part in parts:
            if part and (part.signature or part.redacted):
                self._assembly.seal(part, events)

    def _finish(self, events: list[Event]) -> None:
        if not self._started:
            self._start({}, events)
        self._ended = True
        self._assembly.end(events)
        choice = self._last or {}
        events.append(
            Finished(
                finish.read(choice, tool_calls=self._assembly.has_calls),
                self._usage,
                finish.stop_sequence_of(choice),
            )
        )

    def _fail(self, failed: Failed, events: list[Event]) -> None:
        self._ended = True
        events.append(failed)


def _first_choice(chunk: Json) -> Json | None:
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return None


def _usage_elsewhere(chunk: Json, choice: Json | None) -> object:
    """Groq's place for it, and Moonshot's."""
    groq = chunk.get("x_groq")
    if isinstance(groq, dict):
        return groq.get("usage")
    return choice.get("usage") if choice is not None else None


def _failure(error: ProviderError) -> Failed:
    kind = _FAILURES.get(error.code or "") or _FAILURES.get(error.type or "") or "api_error"
    return Failed(error.message, kind, error.code)
