"""The tokens of a request, estimated.

Texts are counted as they are. Around them stands what chat templates add, by OpenAI's published numbers for
its own: 4 a message, 3 for the answer's beginning. Tools and schemas are counted as the JSON they are, which
is how open models are told them; OpenAI's get a shorter form. Images, documents and audio: `media`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

import msgspec

from extproc.limits import COUNTED_CHARS_MAX
from extproc.llm.parts import (
    Audio,
    Document,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from extproc.llm.request import Message, OpaqueTool, Request, Tool
from extproc.tokens.families import family_of
from extproc.tokens.media import audio_tokens, document_content, image_tokens
from extproc.tokens.vocabulary import Vocabulary

Item = str | int
"""A text, whose tokens are counted, or a number of tokens."""

_ANSWER: Final = 3
_MESSAGE: Final = 4
_NAME: Final = 1
_CALL: Final = 8
"""What marks a tool call or a tool's definition as such."""

_o200k: Final = Vocabulary()


def count(request: Request, vocabulary: Vocabulary = _o200k) -> int:
    """Input tokens of `request` for its model. Any thread may call; the first call loads the vocabulary."""
    family = family_of(request.model)
    items = list(_items(request))
    told = sum(item for item in items if isinstance(item, int))
    counted = _tokens([item for item in items if isinstance(item, str)], vocabulary)
    return told + math.ceil(counted * family.factor) + (family.tools_tokens if request.tools else 0)


def _tokens(texts: Iterable[str], vocabulary: Vocabulary) -> int:
    """Tokens of the texts; beyond `COUNTED_CHARS_MAX` as many for each character as before it."""
    tokens = seen = beyond = 0
    for text in texts:
        taken = text[: COUNTED_CHARS_MAX - seen]
        tokens += vocabulary.count(taken)
        seen += len(taken)
        beyond += len(text) - len(taken)
    return tokens + (math.ceil(beyond * tokens / seen) if beyond else 0)


def _items(request: Request) -> Iterator[Item]:
    yield _ANSWER
    for message in request.messages:
        yield from _message(message)
    for tool in request.tools:
        yield from _tool(tool)
    if request.output_format and request.output_format.schema:
        yield _json(request.output_format.schema)


def _message(message: Message) -> Iterator[Item]:
    yield _MESSAGE
    if message.name:
        yield from (_NAME, message.name)
    for part in message.parts:
        yield from _PARTS[type(part)](part)


def _tool(tool: Tool | OpaqueTool) -> Iterable[Item]:
    if isinstance(tool, OpaqueTool):
        return (_CALL, _json(tool.raw))
    parameters = tool.format if tool.custom else tool.parameters
    return (_CALL, tool.name, tool.description or "", _json(parameters) if parameters else "")


def _result(part: ToolResult) -> Iterable[Item]:
    said: Iterable[Part] = part.content
    return chain((_MESSAGE,), *(_PARTS[type(inner)](inner) for inner in said))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_PARTS: Final[Mapping[type[Part], Callable[[Any], Iterable[Item]]]] = {
    Text: lambda part: (part.text,),
    Refusal: lambda part: (part.text,),
    Reasoning: lambda part: (part.text,),
    Image: lambda part: (image_tokens(part),),
    Audio: lambda part: (audio_tokens(part),),
    Document: lambda part: (part.name or "", part.context or "", document_content(part)),
    ToolCall: lambda part: (_CALL, part.name, part.arguments),
    ToolResult: _result,
    Opaque: lambda part: (_json(part.raw),),
}
