"""The way back of an answer that belongs to a conversation of ours: told whose it is, and kept.

It is kept before the client has its end, so that a next turn finds it however soon it comes. One that breaks
off, because its client or its provider has gone, is kept as far as it came.
"""

import logging
from types import TracebackType
from typing import Self

import msgspec

from extproc.conversations.answered import StreamedResponse, Told, whole_response
from extproc.conversations.members import members, read, with_members
from extproc.conversations.record import encoded
from extproc.conversations.store import ResponseStore, StoreUnavailable
from extproc.dialects.openai_responses.response_object import read_usage
from extproc.exchange.aside import aside
from extproc.limits import RESPONSE_S
from extproc.llm.response import Usage

log = logging.getLogger(__name__)

_UNKEPT: Told = {"store": msgspec.Raw(b"false")}


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Where an answer is kept, and with what."""

    store: ResponseStore
    tenant: str
    response_id: str
    given: list[msgspec.Raw]
    """All of its input items."""

    async def keep(self, response: msgspec.Raw) -> bool:
        """Whether it could be kept."""
        size = len(response) + sum(map(len, self.given))
        value = await aside(size, encoded, response, self.response_id, self.given)
        if value is None:
            log.warning("the answer %s is too long to be kept", self.response_id)
            return False
        try:
            return await self.store.add(self.tenant, self.response_id, value, RESPONSE_S)
        except StoreUnavailable:
            log.warning("the answer %s could not be kept: the store is not available", self.response_id)
            return False


class Keeping:
    """What becomes of one answer; an async context in which it passes, piece by piece or whole."""

    def __init__(self, told: Told, entry: Entry | None) -> None:
        self._told = told
        self._entry = entry
        self._stream: StreamedResponse | None = None
        self._settled: msgspec.Raw | None = None

    @property
    def response_id(self) -> str | None:
        """The answer's id; ``None``: whichever its provider gives it, as it is not kept."""
        return self._entry.response_id if self._entry else None

    @property
    def usage(self) -> Usage | None:
        """What the answer, which has ended, says of tokens."""
        return read_usage(read(members(self._settled).get("usage"))) if self._settled is not None else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        if self._stream is None or self._settled is not None or self._entry is None:
            return
        if (partial := self._stream.partial()) is not None:
            await self._entry.keep(partial)

    async def passing(self, data: bytes, *, streamed: bool, last: bool) -> bytes:
        """What the client is sent for the next bytes of a good answer; of a whole one, for all of it."""
        if not streamed:
            return await self._whole(data)
        stream = self._stream = self._stream or StreamedResponse(self._told)
        sent = stream.feed(data)
        if stream.response is not None and self._settled is None:
            sent += stream.release(await self._settle(stream.response))
        return sent + stream.close() if last else sent

    async def _whole(self, body: bytes) -> bytes:
        response = await aside(len(body), whole_response, body, self._told)
        if response is None:
            return body
        unkept = await self._settle(response)
        return bytes(with_members(response, unkept) if unkept else response)

    async def _settle(self, response: msgspec.Raw) -> Told:
        """Keep the whole answer; what its client must be told if that was not possible."""
        self._settled = response
        if self._entry is None or await self._entry.keep(response):
            return {}
        return _UNKEPT
