"""The labelled conversations of `tests/data/signals`."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from extproc.signals.taxonomy import Leaf

FOLDER: Final = Path(__file__).parents[2] / "tests" / "data" / "signals"

HALVES: Final = ("develop", "judge")
"""The half that detectors are made with, and the half that is only measured."""


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an annotator saw."""

    type: Leaf
    message: int


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the files."""

    id: str
    lang: str
    hard: bool
    """Written to mislead."""
    review: bool
    """Worth a reading."""
    labels: tuple[Label, ...]
    messages: tuple[dict[str, Any], ...]

    @property
    def leaves(self) -> frozenset[Leaf]:
        """The kinds that were seen."""
        return frozenset(label.type for label in self.labels)


def conversations(half: str) -> list[Conversation]:
    """Those of one of `HALVES`."""
    lines = (FOLDER / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Conversation) for line in lines]


def half_of(conversation_id: str) -> str:
    """In which half a conversation belongs: chance decides, and always alike."""
    return HALVES[sha256(conversation_id.encode()).digest()[0] % 2]
