"""What is carried from turn to turn: enough to go on without reading the conversation again."""

import msgspec

from extproc.signals.signal import Signal
from extproc.signals.taxonomy import CATEGORY, Category, Leaf


class Said(msgspec.Struct, gc=False):
    """An earlier message, cut down to what later ones are compared with."""

    message: int
    folded: list[str]
    """Its first words."""
    stems: list[str]
    """Those of them that carry meaning (of a person's message)."""
    open: bool = False
    """It asked something."""


class Call(msgspec.Struct, gc=False):
    """An earlier tool call."""

    message: int
    name: str
    arguments: str
    """Normalised, or a digest where they are long."""
    id: str = ""
    outcome: str | None = None
    """A digest of its result; ``None``: none has come."""
    fruitless: bool = False
    """The result was an error, or empty."""
    failed: bool = False
    """It was an error."""


class State(msgspec.Struct):
    """A conversation so far; plain values, so that it can be stored between turns (`msgspec`)."""

    rows: int = 0
    messages: int = 0
    """Messages taken: the index of the next one."""
    turns: int = 0
    """Messages of the person."""
    votes: dict[str, int] = {}
    """Function words counted by language."""
    said: list[Said] = []
    """The person's latest messages."""
    answers: list[Said] = []
    """The agent's latest."""
    answered: bool = False
    asked: bool = False
    """The agent's latest message ends with a question."""
    agent_stems: list[str] = []
    """Of the agent's latest message."""
    loud: int = 0
    """Messages of the person that were all capitals."""
    calls: list[Call] = []
    signals: list[Signal] = []
    counts: dict[Leaf, int] = {}
    """Of all signals, those no longer kept included."""
    last_good: int = -1
    """Message of the latest sign of satisfaction."""
    marks: list[str] = []
    """Digests of messages by which the conversation is known again (`follow`)."""

    def count(self, category: Category) -> int:
        """Signals of `category`."""
        return sum(number for leaf, number in self.counts.items() if CATEGORY[leaf] is category)
