"""One thing that was said or done in a conversation, whatever API it came by."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Who; the values are those of the replay format."""

    HUMAN = "human"
    AGENT = "gpt"
    CALL = "function_call"
    RESULT = "observation"


class Row(msgspec.Struct, frozen=True, gc=False):
    """A message, or one part of it."""

    kind: Kind
    text: str
    """Of a call: its arguments, JSON as a rule."""
    message: int
    """Index of the message it stands in, counted from the conversation's first, system messages included."""
    name: str = ""
    """Of a call: the tool's."""
    call: str = ""
    """Of a call and its result: the id that joins them, where the API has one."""
    failed: bool = False
    """Of a result: the API says that it is an error."""
    cut: str = ""
    """Of an agent's answer: ``context`` when it ended because the context was full."""
