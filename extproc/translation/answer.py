"""A provider's answer in the words of the client's API. Pure.

Which kind it is, its headers tell: a stream of events that the client asked for is turned piece by piece as
it comes; anything else is read whole.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from extproc.dialects import errors
from extproc.dialects.base import Dialect, ProviderError, UpstreamDialect
from extproc.dialects.openai_chat.errors import PROVIDER
from extproc.errors import AgentFailed, InvalidRequest, ProviderFailed
from extproc.llm.events import Event, Failed, Finished
from extproc.llm.replay import Collector, events_of
from extproc.llm.request import Request
from extproc.llm.response import Response, Usage
from extproc.translation.encoding import Decoder, UndecodableError, decoder
from extproc.translation.failure import ANSWER_IN, failure_in, failure_of, is_answer

_JSON: Final = "application/json"
_STREAMS: Final = ("text/event-stream", "application/vnd.amazon.eventstream")

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer for the client."""

    status: int
    content_type: str
    body: bytes


class StreamedAnswer:
    """Turns a stream; `content_type` is what the client is sent."""

    def __init__(
        self, client: Dialect, upstream: UpstreamDialect, request: Request, undo: Decoder, speaker: str
    ) -> None:
        self._speaker = speaker
        self.content_type = client.content_type
        self._decoder = upstream.stream_decoder()
        self._encoder = client.stream_encoder(request)
        self._undo = undo
        self._over = False
        self.usage: Usage | None = None
        """What the provider says of tokens, at the end."""

    def feed(self, data: bytes, *, last: bool) -> bytes:
        """What the client is sent for the provider's next bytes; with `last`, the rest too. Never raises."""
        if self._over:
            return b""
        try:
            events = self._decoder.feed(self._undo(data))
        except UndecodableError as error:
            self._over = True
            events = self._broken(error)
        else:
            # Whether it is whole the stream's own end tells, not that of its compression.
            events += self._decoder.close() if last else []
        if events and isinstance(events[-1], Finished):
            self.usage = events[-1].usage
        return b"".join(map(self._encoder.encode, events))

    def _broken(self, error: UndecodableError) -> list[Event]:
        """The end of a stream that cannot be read on; nothing, where it had come to its end before."""
        ended = Failed(f"{self._speaker}'s answer broke off: {error}.")
        return [ended if isinstance(event, Failed) else event for event in self._decoder.close()]


class WholeAnswer:
    """Turns what can only be read whole: an error, an object, or a stream that the client did not ask for."""

    def __init__(
        self,
        client: Dialect,
        upstream: UpstreamDialect,
        request: Request,
        status: int,
        undo: Decoder,
        *,
        streamed: bool,
        agent: str | None = None,
    ) -> None:
        self._agent = agent
        self._client = client
        self._upstream = upstream
        self._request = request
        self._status = status
        self._undo = undo
        self._streamed = streamed
        self.usage: Usage | None = None
        """What the provider says of tokens, once it was turned."""

    @property
    def speaker(self) -> str:
        """Who answers, as people are told it."""
        return named(self._agent)

    def turn(self, body: bytes) -> Whole:
        """The client's answer for the provider's whole `body`.

        Raises as `read`, but for an agent's `AgentFailed`.
        """
        try:
            told = self.read(body)
        except ProviderFailed as failure:
            if self._agent is None:
                raise
            raise AgentFailed(self._agent, failure.message.rstrip(".")) from None
        if isinstance(told, ProviderError):
            return self._error(told)
        self.usage = told.usage
        return self._written(told)

    def read(self, body: bytes) -> Response | ProviderError:
        """What the provider says in its whole `body`.

        Raises `ProviderFailed`, of an agent `AgentFailed`, where a status of 2xx came with something that is
        no answer.
        """
        try:
            decoded = self._undo(body)
            self._undo.close()
            if not _succeeded(self._status):
                return self._upstream.read_error(self._status, decoded)
            return self._collected(decoded) if self._streamed else self._read(decoded)
        except UndecodableError as error:
            message = f"{self.speaker}'s answer cannot be read: {error}."
            if _succeeded(self._status):
                if self._agent:
                    raise AgentFailed(self._agent, f"its answer cannot be read: {error}") from None
                raise ProviderFailed(message) from None
            return ProviderError(self._status, message)

    def _read(self, body: bytes) -> Response | ProviderError:
        try:
            value = _decode(body)
            if is_answer(self._upstream, value):
                return self._upstream.read_response(value)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, InvalidRequest) as error:
            raise UndecodableError(str(error)) from None
        failure = failure_in(self._upstream, value, body)
        if failure is None:
            raise UndecodableError(f"it has no `{ANSWER_IN[self._upstream.api]}`")
        return failure

    def _collected(self, body: bytes) -> Response | ProviderError:
        collector, decoder = Collector(), self._upstream.stream_decoder()
        for event in (*decoder.feed(body), *decoder.close()):
            collector.add(event)
        return failure_of(collector.failed) if collector.failed else collector.response()

    def _written(self, response: Response) -> Whole:
        """As JSON, or, where the client wants a stream and the provider gave none, as one."""
        if not self._request.stream:
            body = _encode(self._client.write_response(response, self._request))
            return Whole(self._status, _JSON, body)
        encoder = self._client.stream_encoder(self._request)
        body = b"".join(map(encoder.encode, events_of(response)))
        return Whole(self._status, self._client.content_type, body)

    def _error(self, error: ProviderError) -> Whole:
        return Whole(error.status, _JSON, errors.provider_error(error, self._client.api))


def answer(
    client: Dialect,
    upstream: UpstreamDialect,
    request: Request,
    status: int,
    content_type: str,
    content_encoding: str,
    agent: str | None = None,
) -> StreamedAnswer | WholeAnswer:
    """What turns an answer with these headers; `agent` is whose it is, where it is no provider's."""
    undo, stream = decoder(content_encoding), streamed(content_type)
    if _succeeded(status) and stream and request.stream:
        return StreamedAnswer(client, upstream, request, undo, named(agent))
    return WholeAnswer(client, upstream, request, status, undo, streamed=stream, agent=agent)


def named(agent: str | None) -> str:
    """Who answers, as people are told it."""
    return f"The agent {agent}" if agent else PROVIDER


def streamed(content_type: str) -> bool:
    """Whether an answer of this ``content-type`` is a stream of events."""
    return content_type.partition(";")[0].strip().lower() in _STREAMS


def _succeeded(status: int) -> bool:
    return 200 <= status < 300
