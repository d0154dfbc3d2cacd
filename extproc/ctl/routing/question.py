"""Who is asked by ``planoctl route``, and among what: the parts of a gateway that choose, without Envoy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from extproc.config.snapshot import Snapshot
from extproc.ctl.failure import Failure
from extproc.exchange.rules import Rules
from extproc.routers.build import candidates_of
from extproc.routers.candidate import Candidate, Candidates, Choice, Router, Turn
from extproc.routers.nobody import Nobody
from extproc.serving.equipment import ports_of, rules_of

PREFERENCES = "preferences"
"""What stands for the routing preferences where a listener's name is expected."""


@dataclass(frozen=True, slots=True)
class Question:
    """A router, and what it chooses among."""

    name: str
    """Of the listener, or `PREFERENCES`."""
    router: Router
    candidates: Candidates
    otherwise: str
    """Who answers where none fits."""

    async def ask(self, *said: str) -> Choice:
        """What the newest of `said` needs, in a conversation of a person's turns, oldest first."""
        return await self.router.choose(tuple(Turn("user", text) for text in said), self.candidates)


async def questions(snapshot: Snapshot, outbound: Path | None) -> tuple[Question, ...]:
    """Everything that a config chooses among; router models are asked over `outbound`."""
    rules = await rules_of(snapshot, ports_of(snapshot, outbound))
    return tuple(_questions(snapshot, rules))


def _questions(snapshot: Snapshot, rules: Rules) -> Iterator[Question]:
    for listener in snapshot.listeners:
        if router := rules.routers.agents.get(listener.name):
            default = f"the default agent ({rules.agents[listener.name].fallback.id})"
            yield Question(listener.name, router, candidates_of(listener), default)
    if snapshot.preferences:
        candidates = tuple(Candidate(told.name, told.description) for told in snapshot.preferences)
        nobody = Nobody("There is no router for preferences.")
        yield Question(
            PREFERENCES, rules.routers.preferences or nobody, candidates, "the model that was asked for"
        )


def named(asked: tuple[Question, ...], name: str | None) -> Question:
    """The one called `name`, else the first; raises `Failure` when there is none."""
    if not asked:
        raise Failure(
            "this config leaves nothing to choose",
            "it has no listener with several agents, and no routing_preferences",
        )
    if name is None:
        return asked[0]
    for question in asked:
        if question.name == name:
            return question
    names = ", ".join(question.name for question in asked)
    raise Failure(f"nothing is chosen at {name}", f"there are: {names}")
