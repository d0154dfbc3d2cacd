"""Reads what an answer says of its tokens, while it passes by untouched."""

import logging
from typing import Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.registry import UPSTREAM_DIALECTS
from extproc.limits import WATCHED_BYTES_MAX
from extproc.llm.events import Finished
from extproc.llm.response import Usage
from extproc.translation.answer import streamed
from extproc.translation.encoding import UndecodableError, decoder

log = logging.getLogger(__name__)

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class UsageReader:
    """Is fed an answer of `api`, cut anywhere. It never raises: what cannot be read tells nothing."""

    def __init__(self, api: Api, content_type: str, content_encoding: str) -> None:
        self._dialect = UPSTREAM_DIALECTS[api]
        self._undo = decoder(content_encoding)
        self._events = self._dialect.stream_decoder() if streamed(content_type) else None
        self._whole = bytearray()
        self._usage: Usage | None = None
        self._over = False

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if self._over:
            return
        try:
            self._feed(self._undo(data))
        except UndecodableError:
            self._over = True
        except Exception:
            self._over = True
            log.exception("an answer could not be read for its usage")

    def close(self) -> Usage | None:
        """What the answer, which is over, has told; ``None``: nothing."""
        if self._events is None and not self._over:
            try:
                self._usage = self._dialect.read_response(_decode(self._whole)).usage
            except Exception:  # noqa: BLE001 - whatever is wrong with it, its client sees it too
                return None
        return self._usage

    def _feed(self, data: bytes) -> None:
        if self._events is None:
            self._whole += data
            self._over = len(self._whole) > WATCHED_BYTES_MAX
            return
        for event in self._events.feed(data):
            if isinstance(event, Finished):
                self._usage = event.usage
