"""How often a router is right on texts whose answers are known."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec

from extproc.ctl.failure import Failure
from extproc.ctl.routing.question import Question
from extproc.routers.candidate import Choice, Stage

LINES_MAX = 100_000
"""Texts in one file."""


class Labelled(msgspec.Struct, frozen=True):
    """A line of the file: a text (or a person's turns, oldest first) and what it needs."""

    text: str | None = None
    turns: tuple[str, ...] = ()
    agent: str | None = None
    """Who is needed; neither this nor `agents`: nobody fits."""
    agents: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """The person's turns."""
        return self.turns or ((self.text,) if self.text else ())

    @property
    def expected(self) -> tuple[str, ...]:
        """Names, in their order; empty: none fits."""
        return self.agents or ((self.agent,) if self.agent else ())


@dataclass(frozen=True, slots=True)
class Tried:
    """One text, and what the router said."""

    labelled: Labelled
    choice: Choice

    @property
    def right(self) -> bool:
        """Exactly the expected names, in their order."""
        return self.choice.names == self.labelled.expected


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a file."""

    tried: Sequence[Tried]
    seconds: float

    def accuracy(self, tried: Sequence[Tried] | None = None) -> float | None:
        """Share of right answers; ``None`` of nothing."""
        tried = self.tried if tried is None else tried
        return sum(one.right for one in tried) / len(tried) if tried else None

    @property
    def fitting(self) -> list[Tried]:
        """Texts that need someone."""
        return [one for one in self.tried if one.labelled.expected]

    @property
    def foreign(self) -> list[Tried]:
        """Texts that nobody is there for."""
        return [one for one in self.tried if not one.labelled.expected]

    @property
    def sure(self) -> list[Tried]:
        """Those the router was sure of."""
        return [one for one in self.tried if one.choice.sure]

    @property
    def stages(self) -> Counter[Stage]:
        """Who decided how often."""
        return Counter(one.choice.stage for one in self.tried)

    def confused(self) -> Counter[tuple[str, str]]:
        """Expected and chosen, where they differ."""
        wrong = (one for one in self.tried if not one.right)
        return Counter((_joined(one.labelled.expected), _joined(one.choice.names)) for one in wrong)

    def ms(self) -> tuple[float, float]:
        """Median and 95th percentile of the time that choosing took."""
        times = [one.choice.ms for one in self.tried]
        return median(times), (quantiles(times, n=20)[-1] if len(times) > 1 else times[0])

    def as_json(self) -> dict[str, Any]:
        """For programs; the keys are part of the interface."""
        p50, p95 = self.ms()
        return {
            "texts": len(self.tried),
            "accuracy": self.accuracy(),
            "accuracy_fitting": self.accuracy(self.fitting),
            "accuracy_none_fits": self.accuracy(self.foreign),
            "sure": len(self.sure) / len(self.tried),
            "accuracy_sure": self.accuracy(self.sure),
            "stages": {stage.value: count for stage, count in self.stages.items()},
            "confused": [
                {"expected": expected, "chosen": chosen, "count": count}
                for (expected, chosen), count in self.confused().most_common()
            ],
            "ms": {"p50": p50, "p95": p95},
        }


def _joined(names: Iterable[str]) -> str:
    return " → ".join(names) or "none"


def read(path: Path, question: Question) -> list[Labelled]:
    """The file's lines; raises `Failure` for one that is none, or names someone who is not there."""
    known = {candidate.name for candidate in question.candidates}
    lines: list[Labelled] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                lines.append(_read(line, f"{path}:{number}", known))
            if len(lines) > LINES_MAX:
                raise Failure(f"{path} has more than {LINES_MAX} lines")
    if not lines:
        raise Failure(f"{path} has no lines", 'one looks like {"text": "Will it rain?", "agent": "weather"}')
    return lines


def _read(line: bytes, where: str, known: set[str]) -> Labelled:
    try:
        labelled = msgspec.json.decode(line, type=Labelled)
    except msgspec.MsgspecError as error:
        raise Failure(f"{where}: {error}") from None
    if not labelled.said:
        raise Failure(f"{where}: neither text nor turns")
    if unknown := [name for name in labelled.expected if name not in known]:
        raise Failure(f"{where}: there is no {unknown[0]}", f"there are: {', '.join(sorted(known))}")
    return labelled


async def evaluate(question: Question, lines: Iterable[Labelled]) -> Result:
    """Ask one after the other, so that the times are those of a request alone."""
    started = time.perf_counter()
    tried = [Tried(line, await question.ask(*line.said)) for line in lines]
    return Result(tried, time.perf_counter() - started)
