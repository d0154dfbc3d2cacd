"""As much of a Chat request as tells its conversation, without reading all of a long history."""

from typing import Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.errors import InvalidRequest
from extproc.llm.request import Request

_INSTRUCTIONS: Final = frozenset({"system", "developer"})
_NOTHING: Final = msgspec.Raw(b"null")


class _Message(msgspec.Struct, gc=False):
    role: str
    content: msgspec.Raw = _NOTHING


class _Chat(msgspec.Struct, gc=False):
    messages: list[_Message]
    tools: msgspec.Raw = _NOTHING
    functions: msgspec.Raw = _NOTHING


_peek: Final = msgspec.json.Decoder(_Chat).decode
_decode: Final = msgspec.json.Decoder().decode


def beginning_of(body: bytes) -> Request | None:
    """Instructions, tools and the first thing that the person says; ``None``: that cannot be read."""
    try:
        chat = _peek(body)
        return CLIENT_DIALECTS[Api.CHAT].read_request(_begun(chat))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, InvalidRequest):
        return None


def _begun(chat: _Chat) -> dict[str, Any]:
    first = next((message for message in chat.messages if message.role == "user"), None)
    kept = [message for message in chat.messages if message.role in _INSTRUCTIONS]
    messages = [*kept, first] if first else kept
    return {
        "messages": [{"role": message.role, "content": _decode(message.content)} for message in messages],
        "tools": _decode(chat.tools),
        "functions": _decode(chat.functions),
    }
