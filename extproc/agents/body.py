"""The body of a Chat request that several agents get in turn, with what the earlier ones said in it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from extproc.errors import InvalidRequest


class Said(msgspec.Struct, frozen=True, gc=False):
    """What an agent answered."""

    agent: str
    text: str


class _Role(msgspec.Struct, gc=False):
    role: str = ""


class _Inserted(msgspec.Struct, gc=False):
    role: str
    name: str
    content: str


_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_messages: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_roles: Final = msgspec.json.Decoder(list[_Role]).decode
_encode: Final = msgspec.json.Encoder().encode

_WITH_TOOLS: Final = {"tools": ("tool_choice", "none"), "functions": ("function_call", "none")}
"""Field that offers tools → the one that forbids to call them."""

_OF_THE_ANSWER: Final = ("stream_options", "n", "response_format", "logprobs", "top_logprobs")
"""What the client wants of its answer's shape: the last agent's is that."""


class OpenBody:
    """A body with a gap before the last message of the person; all else is the client's, value for value."""

    __slots__ = ("_after", "_before", "_others")

    def __init__(self, body: bytes) -> None:
        """Raises `InvalidRequest` for a body that is no Chat request."""
        try:
            self._others = _members(body)
            messages = self._others.pop("messages")
            said, roles = _messages(messages), [message.role for message in _roles(messages)]
        except (KeyError, msgspec.DecodeError) as error:
            raise InvalidRequest("'messages' must be an array of messages.", param="messages") from error
        gap = _last_user(roles)
        self._before, self._after = said[:gap], said[gap:]

    def filled(self, said: Iterable[Said]) -> bytes:
        """The body for the last agent."""
        return self._written(said, self._others)

    def unstreamed(self, said: Iterable[Said]) -> bytes:
        """The body for an earlier agent: a whole answer is wanted, and in words.

        The tools that the client offers are still told, as the history may need them, but not to be called:
        only the client can run them.
        """
        others = self._others | {"stream": msgspec.Raw(b"false")}
        for name in _OF_THE_ANSWER:
            others.pop(name, None)
        for offered, (choice, none) in _WITH_TOOLS.items():
            if offered in others:
                others[choice] = msgspec.Raw(_encode(none))
        return self._written(said, others)

    def _written(self, said: Iterable[Said], others: dict[str, msgspec.Raw]) -> bytes:
        inserted = [_encode(_Inserted("assistant", one.agent, one.text)) for one in said]
        messages = b",".join((*self._before, *inserted, *self._after))
        members = (b"%b:%b" % (_encode(key), value) for key, value in others.items())
        return b"{%b}" % b",".join((b'"messages":[%b]' % messages, *members))


def _last_user(roles: list[str]) -> int:
    """Where the person's last message is; where there is none, the last one of all."""
    last = len(roles) - 1
    return next((index for index in range(last, -1, -1) if roles[index] == "user"), max(last, 0))
