"""Messages of `extproc.llm` as rows: what all the dialects read requests and answers into."""

from collections.abc import Iterator, Sequence

from extproc.llm.parts import Part, Refusal, Text, ToolCall, ToolResult
from extproc.llm.request import Message, Role
from extproc.llm.response import Finish, Response
from extproc.signals.row import Kind, Row


def rows(messages: Sequence[Message], first: int = 0) -> Iterator[Row]:
    """The rows of `messages`, of which the first is the conversation's message number `first`."""
    for number, message in enumerate(messages, first):
        if message.role is Role.ASSISTANT:
            yield from _agent(message.parts, number)
        elif message.role in (Role.USER, Role.TOOL):
            yield from (_result(part, number) for part in message.parts if isinstance(part, ToolResult))
            text = _text(message.parts)
            if text:
                yield Row(Kind.HUMAN, text, number)


def answer(response: Response, number: int) -> Iterator[Row]:
    """The rows of an answer that is message number `number`."""
    cut = "context" if response.finish is Finish.CONTEXT else ""
    yield from _agent(response.parts, number, cut)


def _agent(parts: Sequence[Part], number: int, cut: str = "") -> Iterator[Row]:
    text = _text(parts)
    if text or cut:
        yield Row(Kind.AGENT, text, number, cut=cut)
    for part in parts:
        if isinstance(part, ToolCall):
            yield Row(Kind.CALL, part.arguments, number, name=part.name, call=part.id)


def _result(part: ToolResult, number: int) -> Row:
    return Row(Kind.RESULT, _text(part.content), number, call=part.call_id, failed=part.is_error)


def _text(parts: Sequence[Part]) -> str:
    return "\n".join(part.text for part in parts if isinstance(part, Text | Refusal) and part.text)
