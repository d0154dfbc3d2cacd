"""Which message of Envoy's may follow which on one stream: a table.

A stream is one HTTP exchange. It need not begin at the beginning: when an HTTP filter before ours answers
the request itself, or Envoy does (a body over the limit is a 413), the response's headers come without what
should have gone before. A phase that the processing mode skips is simply absent.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Phase(StrEnum):
    """A phase, named as the field of ``ProcessingRequest`` that carries it."""

    REQUEST_HEADERS = "request_headers"
    REQUEST_BODY = "request_body"
    REQUEST_TRAILERS = "request_trailers"
    RESPONSE_HEADERS = "response_headers"
    RESPONSE_BODY = "response_body"
    RESPONSE_TRAILERS = "response_trailers"


_RESPONSE = frozenset({Phase.RESPONSE_HEADERS, Phase.RESPONSE_BODY, Phase.RESPONSE_TRAILERS})

MAY_FOLLOW: Mapping[Phase | None, frozenset[Phase]] = MappingProxyType(
    {
        None: frozenset({Phase.REQUEST_HEADERS, Phase.RESPONSE_HEADERS}),
        Phase.REQUEST_HEADERS: frozenset({Phase.REQUEST_BODY, Phase.REQUEST_TRAILERS}) | _RESPONSE,
        Phase.REQUEST_BODY: frozenset({Phase.REQUEST_BODY, Phase.REQUEST_TRAILERS}) | _RESPONSE,
        Phase.REQUEST_TRAILERS: _RESPONSE,
        Phase.RESPONSE_HEADERS: frozenset({Phase.RESPONSE_BODY, Phase.RESPONSE_TRAILERS}),
        Phase.RESPONSE_BODY: frozenset({Phase.RESPONSE_BODY, Phase.RESPONSE_TRAILERS}),
        Phase.RESPONSE_TRAILERS: frozenset(),
    }
)
"""Phase (``None``: the stream has just begun) → the phases whose message may come next."""
