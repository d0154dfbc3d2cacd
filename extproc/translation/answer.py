"""A provider's answer in the words of the client's API. Pure.

Which kind it is, its headers tell: a stream of events is turned piece by piece as it comes; one JSON object,
or an error, can only be read whole.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from extproc.dialects import errors
from extproc.dialects.base import Dialect, ProviderError, UpstreamDialect
from extproc.errors import InvalidRequest, ProviderFailed
from extproc.llm.events import Failed
from extproc.llm.request import Request
from extproc.translation.encoding import Decoder, UndecodableError, decoder

_STREAMS: Final = ("text/event-stream", "application/vnd.amazon.eventstream")

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole answer for the client, JSON."""

    status: int
    body: bytes


class StreamedAnswer:
    """Turns a stream; `content_type` is what the client is sent."""

    def __init__(self, client: Dialect, upstream: UpstreamDialect, request: Request, undo: Decoder) -> None:
        self.content_type = client.content_type
        self._decoder = upstream.stream_decoder()
        self._encoder = client.stream_encoder(request)
        self._undo = undo
        self._over = False

    def feed(self, data: bytes, *, last: bool) -> bytes:
        """What the client is sent for the provider's next bytes; with `last`, the rest too. Never raises."""
        if self._over:
            return b""
        try:
            events = self._decoder.feed(self._undo(data, last=last))
        except UndecodableError as error:
            self._over = True
            return self._encoder.encode(Failed(f"The provider's answer broke off: {error}."))
        if last:
            events += self._decoder.close()
        return b"".join(map(self._encoder.encode, events))


class WholeAnswer:
    """Turns what is not a stream: an object, or an error."""

    def __init__(
        self, client: Dialect, upstream: UpstreamDialect, request: Request, status: int, undo: Decoder
    ) -> None:
        self._client = client
        self._upstream = upstream
        self._request = request
        self._status = status
        self._undo = undo

    def turn(self, body: bytes) -> Whole:
        """The client's answer for the provider's whole `body`.

        Raises `ProviderFailed` where a status of 2xx came with something that is no answer.
        """
        try:
            decoded = self._undo(body, last=True)
        except UndecodableError as error:
            return self._unreadable(str(error))
        if not 200 <= self._status < 300:
            told = self._upstream.read_error(self._status, decoded)
            return Whole(self._status, errors.provider_error(told, self._client.api))
        try:
            response = self._upstream.read_response(_decode(decoded))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, InvalidRequest) as error:
            return self._unreadable(str(error))
        return Whole(self._status, _encode(self._client.write_response(response, self._request)))

    def _unreadable(self, reason: str) -> Whole:
        message = f"The provider's answer cannot be read: {reason}"
        if 200 <= self._status < 300:
            raise ProviderFailed(message)
        return Whole(
            self._status, errors.provider_error(ProviderError(self._status, message), self._client.api)
        )


def answer(
    client: Dialect,
    upstream: UpstreamDialect,
    request: Request,
    status: int,
    content_type: str,
    content_encoding: str,
) -> StreamedAnswer | WholeAnswer:
    """What turns an answer with these headers."""
    undo = decoder(content_encoding)
    if 200 <= status < 300 and content_type.partition(";")[0].strip().lower() in _STREAMS:
        return StreamedAnswer(client, upstream, request, undo)
    return WholeAnswer(client, upstream, request, status, undo)
