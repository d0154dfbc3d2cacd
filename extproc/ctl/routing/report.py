"""The result of an evaluation on the screen."""

from collections.abc import Iterator

from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.routing.evaluate import Result

PAIRS_MAX = 15
"""Confused pairs that are shown."""


def show(result: Result) -> None:
    """Accuracy, who decided, the pairs that are confused most, and the time."""
    screen.show(screen.table(("", "", ""), _figures(result)))
    pairs = result.confused().most_common(PAIRS_MAX)
    if pairs:
        screen.say()
        rows = ((expected, chosen, str(count)) for (expected, chosen), count in pairs)
        screen.show(screen.table(("EXPECTED", "CHOSEN", "TIMES"), rows))


def _figures(result: Result) -> Iterator[tuple[str | Text, ...]]:
    def share(value: float | None) -> Text:
        return Text("-" if value is None else f"{value:.3f}", "cyan")

    def of(count: int) -> Text:
        return Text(f"of {count}", "dim")

    yield "right", share(result.accuracy()), of(len(result.tried))
    if result.foreign:
        yield "… where one fits", share(result.accuracy(result.fitting)), of(len(result.fitting))
        yield "… where none fits", share(result.accuracy(result.foreign)), of(len(result.foreign))
    yield "… where it was sure", share(result.accuracy(result.sure)), of(len(result.sure))
    stages = ", ".join(f"{stage.value} {count}" for stage, count in result.stages.most_common())
    yield "decided by", Text(stages), ""
    p50, p95 = result.ms()
    yield "time", Text(f"{p50:.2f} ms", "cyan"), Text(f"at most {p95:.2f} ms in 95 of 100", "dim")
