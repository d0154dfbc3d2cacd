"""The shape that every dialect has: one API read into `extproc.llm` values, and written from them.

A dialect is a module-level object of `Dialect`; its functions are pure. Same API in and out never comes here:
those bytes pass untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from extproc.dialects.api import Api
from extproc.llm.events import Event
from extproc.llm.loss import Losses
from extproc.llm.request import Request
from extproc.llm.response import Response

Json = dict[str, Any]


class StreamDecoder(Protocol):
    """Bytes of a streamed answer, cut anywhere, to events in the order of `extproc.llm.events`."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that are now complete."""
        ...

    def close(self) -> list[Event]:
        """The rest, at the end of the answer; ends with `Finished` or `Failed` if neither has come."""
        ...


class StreamEncoder(Protocol):
    """Events to the bytes of a streamed answer in the client's API."""

    def encode(self, event: Event) -> bytes:
        """The bytes for one event; ``b""`` when the API says nothing of it."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderError:
    """A provider's error, out of its envelope."""

    status: int
    message: str
    type: str | None = None
    """As the provider named it."""
    code: str | None = None
    param: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamDialect:
    """An API that providers speak: requests are written for it, answers are read from it."""

    api: Api
    write_request: Callable[[Request, Losses], Json]
    """Leaves out what the API cannot say and tells `Losses`.

    Raises `InvalidRequest` for what must not be left out.
    """
    read_response: Callable[[Json], Response]
    """Tolerant: a provider that leaves out ``usage``, ``id`` or ``created`` is read all the same."""
    stream_decoder: Callable[[], StreamDecoder]
    content_type: str
    """Of the streamed answer."""
    read_error: Callable[[int, bytes], ProviderError]
    """Status and body of an error answer, JSON or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect(UpstreamDialect):
    """One API, both ways: clients speak it too."""

    read_request: Callable[[Json], Request]
    """Raises `extproc.errors.InvalidRequest` (with `param`), and nothing else, on what it cannot read."""
    write_response: Callable[[Response, Request], Json]
    """The `Request` is the client's, for APIs that echo it (R)."""
    stream_encoder: Callable[[Request], StreamEncoder]
