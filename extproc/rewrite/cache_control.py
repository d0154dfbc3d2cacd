"""Marks for prompt caches, put into a request as its provider is sent it.

Most providers cache by themselves. Claude's do what they are told: what stands before a mark is kept for the
next request. So marks belong to the model that was chosen, whatever API and model the client had in mind:
they are put in last, into the finished body, and nothing else in it changes.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from extproc.dialects.api import Api
from extproc.rewrite.json_spans import Span, items, last_item, members

BYTES_PER_TOKEN: Final = 4
"""A rough guess; where a prompt is too short for the provider's cache, a mark does nothing."""

_KEY: Final = b'"cache_control"'
"""Within a text its quotes would be escaped."""
_MARK: Final = b',"cache_control":{"type":"ephemeral"}'
_BLOCK: Final = (b'[{"type":"text","text":', _MARK + b"}]")
"""Around a text that stands by itself, to make it one that can be marked."""

_BLANK: Final = re.compile(rb'"(?: |\\[nrtbf])*+"')
_CLAUDE: Final = ("claude", "anthropic")
_MARKED_PARTS: Final = frozenset({"digitalocean", "openrouter", "edenai"})
"""Providers that take marks on the parts of Chat Completions' messages, and pass them on to Claude."""
_MARKED_BLOCKS: Final = frozenset({"text", "image", "document", "search_result", "tool_use", "tool_result"})
"""Of the Messages API; thinking cannot be marked."""
_INSTRUCTIONS: Final = ("system", "developer")


class _Block(msgspec.Struct):
    """What decides whether a block or a tool can be marked."""

    type: str = ""
    text: msgspec.Raw = msgspec.Raw()
    name: str = ""
    defer_loading: bool = False
    """A tool that the model finds by search is not part of the prompt."""


class _Message(msgspec.Struct):
    role: str = ""


class _Put(NamedTuple):
    """Bytes to be put in before the byte at `position`."""

    position: int
    data: bytes


_block: Final[Callable[[memoryview], _Block]] = msgspec.json.Decoder(_Block).decode
_message: Final[Callable[[memoryview], _Message]] = msgspec.json.Decoder(_Message).decode


def with_markers(
    body: bytes, upstream_api: Api, provider_id: str, model: str, min_prefix_tokens: int
) -> bytes | None:
    """`body` with its beginning marked, as the provider's API wants it; ``None``: it is sent as it is.

    That is so where the provider caches by itself or not at all, the client has set a mark of its own, or the
    prompt is shorter than `min_prefix_tokens`. `provider_id` is the profile's, `model` the one asked of it.
    """
    mark = _marker(upstream_api, provider_id, model)
    if mark is None or _KEY in body:
        return None
    try:
        puts = mark(body, min_prefix_tokens * BYTES_PER_TOKEN)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None  # not of the API: the provider will say so
    return _with(body, puts) if puts else None


def _marker(api: Api, provider_id: str, model: str) -> Callable[[bytes, int], list[_Put]] | None:
    if api is Api.MESSAGES:
        return _in_messages
    name = model.lower()
    if api is Api.CHAT and provider_id in _MARKED_PARTS and any(part in name for part in _CLAUDE):
        return _in_chat
    return None


def _in_messages(body: bytes, least: int) -> list[_Put]:
    """The system prompt, or without one the tools; and the newest message: so far the next turn is the same.

    The newest message is marked alone in a conversation that has become long without them.
    """
    top = members(body, Span(0, len(body)))
    prefix = sum(top[name].size for name in ("system", "tools") if name in top)
    puts: list[_Put] = []
    if prefix >= least:
        puts += _on_content(body, top.get("system"), frozenset({"text"})) or _on_tools(body, top.get("tools"))
    if "messages" in top:
        count, newest = last_item(body, top["messages"])
        grown = count > 1 and prefix + top["messages"].size >= least
        if newest and (grown or prefix >= least):
            puts += _on_content(body, members(body, newest).get("content"), _MARKED_BLOCKS)
    return puts


def _in_chat(body: bytes, least: int) -> list[_Put]:
    """The first system message, or the first one at all."""
    top = members(body, Span(0, len(body)))
    if "messages" not in top:
        return []
    messages = list(items(body, top["messages"]))
    first = next((span for span in messages if _role(body, span) in _INSTRUCTIONS), None)
    if first is None and messages:
        first = messages[0]
    content = members(body, first).get("content") if first else None
    if content is None or content.size + (top["tools"].size if "tools" in top else 0) < least:
        return []
    return _on_content(body, content, frozenset({"text"}))


def _on_content(body: bytes, content: Span | None, kinds: frozenset[str]) -> list[_Put]:
    """A mark on a text, or on the last block of one of `kinds`."""
    if content is None:
        return []
    first = body[content.start : content.start + 1]
    if first == b'"' and not _BLANK.fullmatch(body, content.start, content.end):
        return [_Put(content.start, _BLOCK[0]), _Put(content.end, _BLOCK[1])]
    if first != b"[":
        return []
    blocks = reversed(list(items(body, content)))
    return _on_first(block for block in blocks if _can_be_marked(body, block, kinds))


def _on_tools(body: bytes, tools: Span | None) -> list[_Put]:
    """A mark on the last tool that is part of the prompt."""
    if tools is None or body[tools.start : tools.start + 1] != b"[":
        return []
    last_first = reversed(list(items(body, tools)))
    return _on_first(tool for tool in last_first if _is_told(_read(body, tool)))


def _is_told(tool: _Block) -> bool:
    return bool(tool.name) and not tool.defer_loading


def _on_first(objects: Iterator[Span]) -> list[_Put]:
    return [_Put(span.end - 1, _MARK) for span in objects][:1]


def _can_be_marked(body: bytes, span: Span, kinds: frozenset[str]) -> bool:
    block = _read(body, span)
    return block.type in kinds and not (block.type == "text" and _BLANK.fullmatch(bytes(block.text)))


def _read(body: bytes, span: Span) -> _Block:
    return _block(memoryview(body)[span.start : span.end])


def _role(body: bytes, span: Span) -> str:
    return _message(memoryview(body)[span.start : span.end]).role


def _with(body: bytes, puts: list[_Put]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for put in sorted(puts):
        pieces += (body[position : put.position], put.data)
        position = put.position
    return b"".join((*pieces, body[position:]))
