"""A streamed answer to events.

The API names each piece by its item (``output_index``) and its place in it, sends it in deltas, then whole
once more with its own end, its item's and the answer's. Providers leave out some of these, so what did not
come in deltas is made up for at the first end that tells it whole.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from extproc.dialects.openai_responses.decoder_answer import HANDLERS, Answer
from extproc.dialects.openai_responses.decoder_parts import text_of
from extproc.dialects.openai_responses.failure import read_failure
from extproc.llm.events import Event, Failed
from extproc.llm.sse import SseDecoder, SseError, SseEvent

_decode: Final = msgspec.json.Decoder().decode


class Decoder:
    """Bytes in, events out; see `extproc.dialects.base.StreamDecoder`."""

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._answer = Answer()

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now complete."""
        if not self._answer.ended:
            self._take_all(partial(self._sse.feed, data))
        return self._drain()

    def close(self) -> list[Event]:
        """The rest, and `Failed` when the answer did not come to its end."""
        if not self._answer.ended:
            self._take_all(self._sse.close)
        self._answer.fail(Failed("The provider's answer broke off before its end."))
        return self._drain()

    def _take_all(self, events: Callable[[], list[SseEvent]]) -> None:
        try:
            for event in events():
                self._take(event)
        except SseError as error:
            self._answer.fail(Failed(str(error)))

    def _drain(self) -> list[Event]:
        out = self._answer.out.copy()
        self._answer.out.clear()
        return out

    def _take(self, event: SseEvent) -> None:
        if self._answer.ended or not event.data or event.data == b"[DONE]":
            return
        try:
            data = _decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            data = None
        if not isinstance(data, dict):
            self._answer.fail(Failed("The provider's answer has an event that is not a JSON object."))
            return
        handler = HANDLERS.get(text_of(data, "type") or event.event)
        if handler is not None:
            handler(self._answer, data)
        elif isinstance(data.get("error"), dict):
            self._answer.fail(read_failure(data["error"]))
