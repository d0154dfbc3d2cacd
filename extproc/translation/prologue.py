"""Texts that a client reads before an answer, as if the answer began with them."""

from dataclasses import replace

import msgspec

from extproc.dialects.base import Json, StreamDecoder, UpstreamDialect
from extproc.llm.events import Delta, Event, PartEnded, PartKind, PartStarted, Started
from extproc.llm.parts import Text
from extproc.llm.response import Response

Texts = tuple[str, ...]


def before(dialect: UpstreamDialect, texts: Texts) -> UpstreamDialect:
    """`dialect` with answers that begin with `texts`, each a part of its own. Errors have none of them."""

    def read_response(answer: Json) -> Response:
        response = dialect.read_response(answer)
        return msgspec.structs.replace(response, parts=(*map(Text, texts), *response.parts))

    return replace(
        dialect,
        read_response=read_response,
        stream_decoder=lambda: _Preceded(dialect.stream_decoder(), texts),
    )


class _Preceded(StreamDecoder):
    """Puts the parts of the texts behind `Started`, and counts the others from there."""

    def __init__(self, decoder: StreamDecoder, texts: Texts) -> None:
        self._decoder = decoder
        self._texts = texts

    def feed(self, data: bytes) -> list[Event]:
        return self._turned(self._decoder.feed(data))

    def close(self) -> list[Event]:
        return self._turned(self._decoder.close())

    def _turned(self, events: list[Event]) -> list[Event]:
        return [turned for event in events for turned in self._turn(event)]

    def _turn(self, event: Event) -> list[Event]:
        match event:
            case Started():
                return [event, *self._told()]
            case PartStarted() | Delta() | PartEnded():
                return [msgspec.structs.replace(event, index=event.index + len(self._texts))]
            case _:
                return [event]

    def _told(self) -> list[Event]:
        return [
            event
            for index, text in enumerate(self._texts)
            for event in (PartStarted(index, PartKind.TEXT), Delta(index, text), PartEnded(index))
        ]
