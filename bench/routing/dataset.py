"""Labelled questions: a folder with one YAML file of agents and one JSONL file of questions, or several."""

from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
import yaml

from extproc.routers.candidate import Candidate, Candidates, Turn

OWN: Final = Path(__file__).parent / "data"


class _Line(msgspec.Struct):
    """One line: a text or turns, one agent or several."""

    text: str = ""
    turns: list[tuple[Literal["user", "assistant"], str]] = []
    agent: str | None = None
    agents: list[str] = []


class Question(NamedTuple):
    """A conversation and the agents that its newest turn needs, in order; none: it is meant for nobody."""

    turns: tuple[Turn, ...]
    agents: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.turns[-1].text


class Dataset(NamedTuple):
    """What `read` found."""

    agents: tuple[Candidate, ...]
    questions: tuple[Question, ...]
    compound: tuple[Question, ...] = ()
    """With several tasks, or such that only look like it."""
    conversations: tuple[Question, ...] = ()

    def candidates(self, examples: int) -> Candidates:
        """The agents with so many examples each."""
        return tuple(
            Candidate(agent.name, agent.description, agent.examples[:examples]) for agent in self.agents
        )


def read(folder: Path, questions: str | None = None) -> Dataset:
    """`questions` is the name of a file; without it, the one that is not among the optional ones."""
    (agents,) = folder.glob("*agents.y*ml")
    optional = ("compound.jsonl", "conversations.jsonl", "multilingual.jsonl")
    main = questions or next(path.name for path in folder.glob("*.jsonl") if path.name not in optional)
    return Dataset(
        _agents(agents),
        _questions(folder / main),
        _questions(folder / optional[0]),
        _questions(folder / optional[1]),
    )


def _agents(path: Path) -> tuple[Candidate, ...]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["agents"]
    return tuple(Candidate(a["id"], a["description"], tuple(a.get("examples", ()))) for a in listed)


def _questions(path: Path) -> tuple[Question, ...]:
    if not path.exists():
        return ()
    return tuple(map(_question, msgspec.json.Decoder(_Line).decode_lines(path.read_bytes())))


def _question(line: _Line) -> Question:
    turns = line.turns or [("user", line.text)]
    agents = line.agents or ([line.agent] if line.agent else [])
    return Question(tuple(Turn(role, text) for role, text in turns), tuple(agents))
