"""A request as a conversation: what the person and the assistant said to each other, and nothing else."""

from itertools import islice
from typing import Literal

from extproc.limits import ROUTED_TURNS_MAX
from extproc.llm.parts import Text
from extproc.llm.request import Message, Request, Role
from extproc.routers.candidate import Turn
from extproc.routers.reminders import without_reminders


def turns(request: Request) -> tuple[Turn, ...]:
    """The newest `ROUTED_TURNS_MAX` turns, oldest first.

    Instructions, tools' results, and messages without text (an image, a call of a tool) are no turns.
    """
    newest_first = (turn for message in reversed(request.messages) if (turn := _turn(message)))
    return tuple(islice(newest_first, ROUTED_TURNS_MAX))[::-1]


def said_in(message: Message) -> str:
    """What a person says in a message of theirs, without what tools wrote into it; ``""``: nothing."""
    return without_reminders(_text(message)).strip()


def _turn(message: Message) -> Turn | None:
    role: Literal["user", "assistant"]
    if message.role is Role.USER:
        role, text = "user", said_in(message)
    elif message.role is Role.ASSISTANT:
        role, text = "assistant", _text(message).strip()
    else:
        return None
    return Turn(role, text) if text else None


def _text(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, Text))
