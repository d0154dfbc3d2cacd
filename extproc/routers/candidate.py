"""What a router is asked and what it answers, as plain values."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, Protocol

import msgspec


class Candidate(msgspec.Struct, frozen=True):
    """Something that a conversation may need: an agent, or a kind of task (a routing preference)."""

    name: str
    """Unique among the candidates of one question."""
    description: str
    """In plain words; a quoted phrase in it is something that people say."""
    examples: tuple[str, ...] = ()
    """More of what people say."""


Candidates = tuple[Candidate, ...]
"""In the config's order. A listener's are made once, so that what is computed from them can be kept."""


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One message of a conversation: text that a person or an assistant said."""

    role: Literal["user", "assistant"]
    text: str


Conversation = Sequence[Turn]
"""Oldest first. Without system messages, tools' results, and messages that have no text."""


class Stage(StrEnum):
    """Who decided."""

    ONLY = "only"
    """There is one candidate: nobody was asked."""
    EMBEDDED = "embedded"
    """The embedded router."""
    MODEL = "model"
    """The router model."""
    CONVERSATION = "conversation"
    """A follow-up: the conversation stays where it was."""
    DEFAULT = "default"
    """None fits, or nobody could be asked."""


class Score(msgspec.Struct, frozen=True, gc=False):
    """How well a candidate fits, in [0, 1]; comparable within one choice."""

    name: str
    score: float


class Choice(msgspec.Struct, frozen=True, gc=False):
    """What a router says."""

    names: tuple[str, ...]
    """The chosen candidates, in the order in which they are to work; empty: none fits."""
    stage: Stage
    sure: bool
    """Whether to follow it over what the conversation had before."""
    reason: str
    """One sentence for people: ``planoctl route``, logs, traces. No text of the conversation in it."""
    scores: tuple[Score, ...] = ()
    """Of the embedded router, the best first."""
    ms: float = 0.0
    """Time that choosing took."""
    follows: bool = False
    """Unsure by itself; `names` are what the conversation was about before."""

    @property
    def margin(self) -> float:
        """Distance of the best score to the next one."""
        if not self.scores:
            return 0.0
        return self.scores[0].score - (self.scores[1].score if len(self.scores) > 1 else 0.0)


class Router(Protocol):
    """Chooses among candidates. It never raises for what a conversation, a model or a network does."""

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        """The candidates that the newest turn of the user needs."""
