"""What a model says, as values."""

import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    id: str
    name: str
    arguments: Json = field(default_factory=dict)

    @property
    def json(self) -> str:
        """The arguments as JSON text."""
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True)
class Said:
    """An answer: thought, then text, then calls."""

    text: str = ""
    thought: str = ""
    signature: str = ""
    """Of the thought, where the API has such a thing."""
    calls: tuple[Call, ...] = ()
    cut: bool = False
    """The limit of tokens was reached."""
    model: str = "model-of-provider"
    input_tokens: int = 20
    """Those that were read from the cache are among them."""
    cached_tokens: int = 8
    output_tokens: int = 9
    reasoning_tokens: int = 4
    """Among the output's."""


def halves(text: str) -> list[str]:
    """A text in the deltas of a stream."""
    middle = len(text) // 2
    return [half for half in (text[:middle], text[middle:]) if half]
