"""Messages as turns that alternate, user first: Anthropic's and Amazon's rule.

System and developer messages stand apart from the turns, all of them, in their order. Tool results are
part of the user's turn, before anything else in it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from extproc.llm.loss import Losses
from extproc.llm.parts import Part
from extproc.llm.request import Message, Role

Json = dict[str, Any]

OPENING: Final = "Continue."
"""What the user is taken to have said where a conversation does not begin with the user."""

# To look a member up in its enum costs more than what is done with it here.
_ASSISTANT: Final = Role.ASSISTANT
_SYSTEM: Final = Role.SYSTEM
_DEVELOPER: Final = Role.DEVELOPER


class Turn(NamedTuple):
    """What one side said, as blocks of the target's API."""

    role: str
    blocks: list[Json]


class Conversation(NamedTuple):
    """A request's messages."""

    system: list[Json]
    turns: list[Turn]


Writer = Callable[[Part, str], list[Json]]
"""A part (and its path) as blocks; none when it says nothing."""


def alternate(
    messages: Sequence[Message], system: Writer, turn: Writer, opening: list[Json], losses: Losses
) -> Conversation:
    """`messages` in turns; `system` writes a system message's parts, `turn` those of all others."""
    instructions: list[Json] = []
    turns: list[Turn] = []
    for i, message in enumerate(messages):
        path = f"messages[{i}]"
        if message.name is not None:
            losses.add(f"{path}.name")
        instructs = message.role is _SYSTEM or message.role is _DEVELOPER
        write = system if instructs else turn
        blocks = [
            block for j, part in enumerate(message.parts) for block in write(part, f"{path}.content[{j}]")
        ]
        if instructs:
            instructions += blocks
        elif blocks:
            _append(turns, "assistant" if message.role is _ASSISTANT else "user", blocks)
    if not turns or turns[0].role != "user":
        turns.insert(0, Turn("user", opening))
    return Conversation(instructions, turns)


def _append(turns: list[Turn], role: str, blocks: list[Json]) -> None:
    if turns and turns[-1].role == role:
        turns[-1].blocks.extend(blocks)
    else:
        turns.append(Turn(role, blocks))


def results_first(turns: list[Turn], is_result: Callable[[Json], bool]) -> None:
    """Puts tool results before what else the user said in the same turn."""
    for turn in turns:
        if turn.role == "user" and len(turn.blocks) > 1:
            turn.blocks.sort(key=is_result, reverse=True)


def tool_loop_start(turns: list[Turn], is_result: Callable[[Json], bool]) -> Turn | None:
    """The assistant's first turn of the tool loop that the request goes on with; ``None``: it does not.

    Results stand first in their turns, as `results_first` leaves them.
    """
    start = None
    for turn in reversed(turns):
        if turn.role == "assistant":
            start = turn
        elif not is_result(turn.blocks[0]):
            break
    return start if turns[-1].role == "user" else None
