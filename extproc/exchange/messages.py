"""What Envoy tells an exchange and what the exchange answers, as plain values.

Structs of msgspec rather than dataclasses: they are made for each request, and cost a tenth.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

import msgspec

from extproc.exchange.phases import Phase

NO_METADATA: Mapping[str, str | bool] = MappingProxyType({})

Metadata = Mapping[str, str | bool | float | None]
"""What Envoy is told of an exchange, for its access log and for headers of the answer; ``None`` unsays it."""


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """What Envoy tells of the attempt that a message is about."""

    number: int
    """From 1."""
    told: Mapping[str, Any] = NO_METADATA
    """On a twin's stream: the metadata ``plano``, as exchange and earlier attempts have left it."""
    client_path: str = ""
    """On a twin's stream: the path and query as the client wrote them."""
    request_id: str = ""
    """On a twin's stream."""


class Headers(msgspec.Struct, frozen=True, gc=False):
    """``request_headers`` or ``response_headers``.

    `values` has Envoy's lower-case names, pseudo-headers (``:path``) too; of a repeated header, the last.
    """

    phase: Phase
    values: Mapping[str, bytes]
    end_of_stream: bool
    attempt: Attempt | None = None
    """On response headers, and on request headers of a twin's stream, which are an attempt's own."""

    def text(self, name: str) -> str:
        """The header's value, ``""`` when absent; read as ISO 8859-1 (RFC 9110 §5.5), so any decodes."""
        return self.values.get(name, b"").decode("latin-1")

    def answers_one_of(self, attempts: int | None) -> bool:
        """Whether this answers one of the first `attempts`; ``None``: there are no others.

        A later one was at another target, and had a stream that made its answer the client's.
        """
        return attempts is None or self.attempt is None or self.attempt.number <= attempts


class Body(msgspec.Struct, frozen=True, gc=False):
    """``request_body`` or ``response_body``: the whole body where the mode is BUFFERED, else a piece.

    Where it is BUFFERED_PARTIAL and `end_of_stream` is not set, it was more than Envoy can hold.
    """

    phase: Phase
    data: bytes
    end_of_stream: bool


class Trailers(msgspec.Struct, frozen=True, gc=False):
    """``request_trailers`` or ``response_trailers``; nothing of ours reads them."""

    phase: Phase


Message = Headers | Body | Trailers


class Continue(msgspec.Struct, frozen=True, gc=False):
    """Go on, nothing changed."""

    phase: Phase


class Wait(msgspec.Struct, frozen=True, gc=False):
    """The reply will take longer: Envoy is to wait `seconds` from now, and no shorter.

    Honoured once for a message, and not at all above ``max_message_timeout``.
    """

    seconds: float


class BodyMode(Enum):
    """How Envoy shows us the response's body (``ProcessingMode.BodySendMode``)."""

    STREAMED = 1
    """Piece by piece; the headers have gone to the client."""
    BUFFERED_PARTIAL = 3
    """Whole, or as much of it as Envoy can hold; the headers wait for it, and may still be changed.

    Not BUFFERED: what comes before our reply to the headers would fill Envoy's buffer, and when that is full
    both wait for each other. Envoy removes ``content-length`` then, ours too.
    """


class Attempts(msgspec.Struct, frozen=True, gc=False):
    """The attempts that a request may have, an entry each."""

    clusters: tuple[str, ...]
    names: tuple[str, ...]
    """``provider/model``."""
    providers: tuple[str, ...]
    """Configured names."""
    models: tuple[str, ...]


class Rewrite(msgspec.Struct, frozen=True, gc=False):
    """Go on with these changes; a request chooses its route anew.

    With a `body` its length must be in `set_headers`: Envoy answers 500 when the two differ. Changes to
    headers count in a reply to headers, and in a reply to a buffered body.
    """

    phase: Phase
    set_headers: tuple[tuple[str, bytes], ...]
    """Replace, or add where absent."""
    body: bytes | None = None
    """``None``: as it came; ``b""``: nothing in its place."""
    remove_headers: tuple[str, ...] = ()
    body_mode: BodyMode | None = None
    """To response headers: how the body is to come, which otherwise passes without us."""
    metadata: Metadata = NO_METADATA
    """Dynamic metadata in the namespace ``plano``."""
    attempts: Attempts | None = None
    """To a request that goes by `headers.RETRY`."""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """Our own answer to the client; the request goes no further."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    metadata: Metadata = NO_METADATA


Answer = Continue | Rewrite | Reply | Wait
