"""What each event of a streamed answer says, by its type."""

from collections.abc import Callable, Mapping
from typing import Final

from extproc.dialects.base import Json
from extproc.dialects.openai_responses.decoder_parts import Parts, number_of, object_of, text_of
from extproc.dialects.openai_responses.failure import failure_of, read_failure
from extproc.dialects.openai_responses.response_object import created_at, read_finish, read_usage
from extproc.llm.events import Event, Failed, Finished, PartKind, Ping, Started


class Answer:
    """An answer as far as it has come; each method takes an event and adds to `out` what it says."""

    def __init__(self) -> None:
        self.out: list[Event] = []
        self.ended = False
        self._parts = Parts(self.out)
        self._started = False

    def fail(self, failed: Failed) -> None:
        """The end, if it has not come."""
        if not self.ended:
            self.ended = True
            self.out.append(failed)

    def _start(self, response: Json) -> None:
        if self._started:
            return
        self._started = True
        started = Started(
            text_of(response, "id"),
            text_of(response, "model"),
            created_at(response),
            service_tier=text_of(response, "service_tier") or None,
        )
        self.out.append(started)

    def begun(self, data: Json) -> None:
        """``response.created`` and its like."""
        self._start(object_of(data, "response"))

    def ping(self, _: Json) -> None:
        """``keepalive``."""
        if self._started:
            self.out.append(Ping())

    def item_added(self, data: Json) -> None:
        """``output_item.added``."""
        self._start({})
        self._parts.begin(self._parts.key_of(data), object_of(data, "item"))

    def item_done(self, data: Json) -> None:
        """``output_item.done``."""
        self._start({})
        self._parts.end_item(self._parts.key_of(data), object_of(data, "item"))

    def content_added(self, data: Json) -> None:
        """``content_part.added``."""
        self._start({})
        kind = _CONTENT_KINDS.get(text_of(object_of(data, "part"), "type"))
        if kind is not None:
            self._parts.content(self._parts.key_of(data), number_of(data, "content_index"), kind)

    def content_done(self, data: Json) -> None:
        """``content_part.done``."""
        self._start({})
        index = number_of(data, "content_index")
        self._parts.end_content(self._parts.key_of(data), index, object_of(data, "part"))

    def text_delta(self, data: Json) -> None:
        """``output_text.delta``."""
        self._add(data, PartKind.TEXT, text_of(data, "delta"))

    def refusal_delta(self, data: Json) -> None:
        """``refusal.delta``."""
        self._add(data, PartKind.REFUSAL, text_of(data, "delta"))

    def _add(self, data: Json, kind: PartKind, delta: str) -> None:
        self._start({})
        part = self._parts.content(self._parts.key_of(data), number_of(data, "content_index"), kind)
        self._parts.add(part, delta)

    def text_done(self, data: Json) -> None:
        """``output_text.done``."""
        self._complete(data, PartKind.TEXT, text_of(data, "text"))

    def refusal_done(self, data: Json) -> None:
        """``refusal.done``."""
        self._complete(data, PartKind.REFUSAL, text_of(data, "refusal"))

    def _complete(self, data: Json, kind: PartKind, whole: str) -> None:
        self._start({})
        part = self._parts.content(self._parts.key_of(data), number_of(data, "content_index"), kind)
        self._parts.complete(part, whole)

    def annotation(self, data: Json) -> None:
        """``output_text.annotation.added``."""
        self._start({})
        index = number_of(data, "content_index")
        part = self._parts.content(self._parts.key_of(data), index, PartKind.TEXT)
        part.annotations.append(object_of(data, "annotation"))

    def call_delta(self, data: Json) -> None:
        """``function_call_arguments.delta``, ``custom_tool_call_input.delta``."""
        part = self._parts.whole_item(self._parts.key_of(data))
        if part is not None:
            self._parts.add(part, text_of(data, "delta"))

    def call_done(self, data: Json) -> None:
        """``function_call_arguments.done``, ``custom_tool_call_input.done``."""
        part = self._parts.whole_item(self._parts.key_of(data))
        if part is not None:
            self._parts.complete(part, text_of(data, "arguments") or text_of(data, "input"))

    def summary_delta(self, data: Json) -> None:
        """``reasoning_summary_text.delta``."""
        self._think(data, "summary", number_of(data, "summary_index"), "delta")

    def summary_done(self, data: Json) -> None:
        """``reasoning_summary_text.done``."""
        self._think(data, "summary", number_of(data, "summary_index"), "text")

    def reasoning_delta(self, data: Json) -> None:
        """``reasoning_text.delta``."""
        self._think(data, "content", number_of(data, "content_index"), "delta")

    def reasoning_done(self, data: Json) -> None:
        """``reasoning_text.done``."""
        self._think(data, "content", number_of(data, "content_index"), "text")

    def _think(self, data: Json, source: str, paragraph: int, field: str) -> None:
        self._start({})
        key = self._parts.key_of(data)
        part = self._parts.reasoning(key, text_of(data, "item_id"))
        self._parts.think(part, (source, paragraph), text_of(data, field), whole=field == "text")

    def completed(self, data: Json) -> None:
        """``response.completed`` and ``response.incomplete``."""
        response = object_of(data, "response")
        failed = failure_of(response)
        if failed is not None:
            self.fail(failed)
            return
        self._start(response)
        self._parts.end_all(response.get("output"))
        self.ended = True
        finish = read_finish(response, self._parts.called)
        self.out.append(Finished(finish, read_usage(response.get("usage"))))

    def failed(self, data: Json) -> None:
        """``response.failed``."""
        self.fail(failure_of(object_of(data, "response")) or Failed("The provider's answer failed."))

    def error(self, data: Json) -> None:
        """``error``."""
        self.fail(read_failure(object_of(data, "error") or data))


_CONTENT_KINDS: Final[Mapping[str, PartKind]] = {"output_text": PartKind.TEXT, "refusal": PartKind.REFUSAL}

HANDLERS: Final[Mapping[str, Callable[[Answer, Json], None]]] = {
    "response.created": Answer.begun,
    "response.queued": Answer.begun,
    "response.in_progress": Answer.begun,
    "response.output_item.added": Answer.item_added,
    "response.output_item.done": Answer.item_done,
    "response.content_part.added": Answer.content_added,
    "response.content_part.done": Answer.content_done,
    "response.output_text.delta": Answer.text_delta,
    "response.output_text.done": Answer.text_done,
    "response.output_text.annotation.added": Answer.annotation,
    "response.refusal.delta": Answer.refusal_delta,
    "response.refusal.done": Answer.refusal_done,
    "response.function_call_arguments.delta": Answer.call_delta,
    "response.function_call_arguments.done": Answer.call_done,
    "response.custom_tool_call_input.delta": Answer.call_delta,
    "response.custom_tool_call_input.done": Answer.call_done,
    "response.reasoning_summary_text.delta": Answer.summary_delta,
    "response.reasoning_summary_text.done": Answer.summary_done,
    "response.reasoning_text.delta": Answer.reasoning_delta,
    "response.reasoning_text.done": Answer.reasoning_done,
    "response.completed": Answer.completed,
    "response.incomplete": Answer.completed,
    "response.failed": Answer.failed,
    "response.cancelled": Answer.failed,
    "error": Answer.error,
    "keepalive": Answer.ping,
}
"""By the event's ``type``; the progress of the provider's own tools and unknown events say nothing to us."""
