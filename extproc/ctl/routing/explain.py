"""One decision on the screen, or as JSON."""

from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.routing.question import Question
from extproc.routers.candidate import Choice

BAR_WIDTH = 24


def show(question: Question, choice: Choice) -> None:
    """Chosen, why, and how all candidates did."""
    screen.out().print(Text.assemble(("chosen  ", "dim"), chosen(question, choice)), soft_wrap=True)
    screen.out().print(Text.assemble(("why     ", "dim"), choice.reason), soft_wrap=True)
    by = f"{choice.stage.value}, {'sure' if choice.sure else 'not sure'}, in {choice.ms:.1f} ms"
    screen.out().print(Text.assemble(("by      ", "dim"), by), soft_wrap=True)
    if choice.scores:
        screen.say()
        screen.show(_scores(choice))
        screen.say(f"margin {choice.margin:.3f}", "dim")
    elif len(question.candidates) > 1:
        screen.note(f"among {', '.join(candidate.name for candidate in question.candidates)}")


def chosen(question: Question, choice: Choice) -> Text:
    """The names, or who answers where there are none."""
    if not choice.names:
        return Text(f"none fits: {question.otherwise}", "yellow")
    return Text(" → ".join(choice.names), "bold")


def _scores(choice: Choice) -> Table:
    rows = (
        (
            Text(score.name, "bold" if score.name in choice.names else ""),
            Text(f"{score.score:.3f}", "cyan"),
            Text("█" * round(score.score * BAR_WIDTH), "cyan" if score.name in choice.names else "dim"),
        )
        for score in choice.scores
    )
    return screen.table(("CANDIDATE", "SCORE", ""), rows)


def as_json(question: Question, choice: Choice) -> dict[str, Any]:
    """For programs; the keys are part of the interface."""
    return {
        "at": question.name,
        "chosen": list(choice.names),
        "sure": choice.sure,
        "stage": choice.stage.value,
        "reason": choice.reason,
        "margin": round(choice.margin, 4),
        "ms": round(choice.ms, 3),
        "scores": [msgspec.structs.asdict(score) for score in choice.scores],
    }
