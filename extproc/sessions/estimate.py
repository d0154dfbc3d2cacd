"""How long a prompt is, before anybody has counted it: a token for each four characters.

It holds only until the provider says what it counted. To count here would cost milliseconds for each request.
"""

from typing import Final

from extproc.llm.parts import Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from extproc.llm.request import Request

CHARS_PER_TOKEN: Final = 4
"""Of English; code has fewer."""


def prompt_tokens(request: Request) -> int:
    """Tokens of all that is said in `request`. Media and the descriptions of tools are left out."""
    return sum(_chars(part) for message in request.messages for part in message.parts) // CHARS_PER_TOKEN


def _chars(part: Part) -> int:
    match part:
        case Text(text=text) | Reasoning(text=text) | Refusal(text=text) | ToolCall(arguments=text):
            return len(text)
        case ToolResult():
            return sum(map(_chars, part.content))
        case _:
            return 0
