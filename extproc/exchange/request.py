"""The request as its headers tell it, before its body is known."""

import msgspec

from extproc import headers as names
from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.exchange.messages import Headers


class Request(msgspec.Struct, frozen=True, gc=False):
    """One client request; `path` has the query string, as the client wrote it."""

    method: str
    path: str
    request_id: str
    listener: str
    has_body: bool
    headers: Headers
    began: float = 0.0
    """When its headers came, seconds of Unix time."""

    @classmethod
    def of(cls, headers: Headers, began: float = 0.0) -> "Request":
        """Read the headers that every exchange needs; of a further attempt, what they were."""
        if attempt := headers.attempt:
            return cls(
                method=headers.text(":method"),
                path=attempt.client_path,
                request_id=attempt.request_id,
                listener=str(attempt.told.get("listener", "")),
                has_body=not headers.end_of_stream,
                headers=headers,
                began=began,
            )
        return cls(
            method=headers.text(":method"),
            path=headers.text(":path"),
            request_id=headers.text("x-request-id"),
            listener=headers.text(names.LISTENER),
            has_body=not headers.end_of_stream,
            headers=headers,
            began=began,
        )

    @property
    def api(self) -> Api:
        """The API whose shape an error to this caller has."""
        return operations.api_of(self.path)
