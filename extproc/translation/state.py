"""Responses' state, where no provider has it: another API knows neither its fields nor its ids."""

from dataclasses import replace

import msgspec

from extproc.dialects.base import Json, StreamDecoder, UpstreamDialect
from extproc.dialects.openai_responses.state import ELSEWHERE, said_of_state
from extproc.errors import InvalidRequest, PreviousResponseNotFound
from extproc.llm.events import Event, Started
from extproc.llm.request import Request
from extproc.llm.response import Response


def without(request: Request) -> Request:
    """A Responses client's request without its wish to be stored: that is not the provider's to fulfil.

    Raises `PreviousResponseNotFound`: what is kept here has taken the place of its id already. Raises
    `InvalidRequest` for all else that would have to be stored elsewhere.
    """
    for field, value in said_of_state(request).items():
        if field not in ELSEWHERE:
            raise PreviousResponseNotFound(str(value))
        raise InvalidRequest(ELSEWHERE[field], param=field)
    return msgspec.structs.replace(request, store=None)


def identified(dialect: UpstreamDialect, response_id: str) -> UpstreamDialect:
    """`dialect` with answers that have the id `response_id`, whatever the provider calls them."""

    def read_response(answer: Json) -> Response:
        return msgspec.structs.replace(dialect.read_response(answer), id=response_id)

    return replace(
        dialect,
        read_response=read_response,
        stream_decoder=lambda: _Identified(dialect.stream_decoder(), response_id),
    )


class _Identified(StreamDecoder):
    """Puts the id where the answer begins."""

    def __init__(self, decoder: StreamDecoder, response_id: str) -> None:
        self._decoder = decoder
        self._id = response_id

    def feed(self, data: bytes) -> list[Event]:
        return list(map(self._turned, self._decoder.feed(data)))

    def close(self) -> list[Event]:
        return list(map(self._turned, self._decoder.close()))

    def _turned(self, event: Event) -> Event:
        return msgspec.structs.replace(event, id=self._id) if isinstance(event, Started) else event
