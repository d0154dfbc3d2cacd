"""What a request says of its conversation, and the request with its conversation in it."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from extproc.conversations.items import in_history
from extproc.conversations.members import Members, items, members, read, written
from extproc.dialects.openai_responses.state import ELSEWHERE
from extproc.errors import InvalidRequest

PREVIOUS: Final = "previous_response_id"

_INPUT: Final = "input"
_OF_THE_PROVIDER: Final = ("conversation", "background")
"""Fields of what only a provider that keeps the state itself can do."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """A request, as far as its conversation is concerned."""

    members: Members
    previous: str | None
    """The answer that it goes on from."""
    given: list[msgspec.Raw]
    """Its own input items."""

    @property
    def stored(self) -> bool:
        """Whether the client wants the answer kept: unless it says that it does not."""
        return read(self.members.get("store")) is not False

    def with_history(self, history: Iterable[msgspec.Raw]) -> bytes:
        """The body of the same request by itself, for whoever keeps nothing."""
        told = {name: value for name, value in self.members.items() if name != PREVIOUS}
        told[_INPUT] = written([*map(in_history, history), *self.given])
        return bytes(written(told))

    def refuse_elsewhere(self) -> None:
        """Raise `InvalidRequest` for what cannot be where the state is kept here."""
        for name in _OF_THE_PROVIDER:
            if read(self.members.get(name)) not in (None, False):
                raise InvalidRequest(ELSEWHERE[name], param=name)


def asked(body: bytes) -> Asked:
    """Read a request; raises `InvalidRequest` for a body that cannot be read."""
    try:
        told = members(body)
        return Asked(told, _previous(told), _given(told))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"The request body cannot be read: {error}.") from None


def _previous(told: Members) -> str | None:
    value = read(told.get(PREVIOUS))
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidRequest(f"{PREVIOUS}: expected a string.", param=PREVIOUS)


def _given(told: Members) -> list[msgspec.Raw]:
    written_input = told.get(_INPUT)
    kind = bytes(written_input or b"null")[:1]
    match kind:
        case b"n":
            return []
        case b'"':
            said: dict[str, Any] = {"type": "message", "role": "user", "content": written_input}
            return [written(said)]
        case b"[":
            assert written_input is not None
            return _objects(items(written_input))
        case _:
            raise InvalidRequest(f"{_INPUT}: expected a string or an array.", param=_INPUT)


def _objects(given: list[msgspec.Raw]) -> list[msgspec.Raw]:
    for index, item in enumerate(given):
        if bytes(item)[:1] != b"{":
            raise InvalidRequest(f"{_INPUT}[{index}]: expected an object.", param=f"{_INPUT}[{index}]")
    return given
