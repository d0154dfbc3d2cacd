"""How planoctl speaks: results on standard output, everything else on standard error."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extproc.ctl.failure import Failure


@cache
def out() -> Console:
    """What was asked for."""
    return Console(highlight=False, soft_wrap=False)


@cache
def err() -> Console:
    """Progress, warnings and errors."""
    return Console(stderr=True, highlight=False)


def say(text: str = "", style: str = "") -> None:
    """A line of the result, never re-wrapped: it may be copied or read by a program."""
    out().print(Text(text, style), soft_wrap=True)


def show(table: Table) -> None:
    """A table, set in a little."""
    out().print(Padding(table, (0, 0, 0, 2), expand=False))


def table(headers: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Without lines; a column in which nothing stands is left out, and so are headers that are all empty."""
    rows = tuple(rows)
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim", show_header=any(headers))
    filled = [number for number in range(len(headers)) if any(len(row[number]) for row in rows)]
    for number in filled:
        made.add_column(headers[number], overflow="fold")
    for row in rows:
        made.add_row(*(row[number] for number in filled))
    return made


def warn(text: str) -> None:
    """Something the person should know, although it works."""
    err().print(Text.assemble(("warning: ", "bold yellow"), text), soft_wrap=True)


def note(text: str) -> None:
    """Something said by the way."""
    err().print(Text(text, "dim"), soft_wrap=True)


def fail(failure: Failure) -> None:
    """The one line, what a log says of it, the hint."""
    error(failure.message)
    for line in failure.lines:
        err().print(Text.assemble(("  │ ", "dim"), line), soft_wrap=True)
    if failure.hint:
        err().print(Text.assemble(("hint: ", "bold cyan"), failure.hint), soft_wrap=True)


def error(text: str) -> None:
    """One thing that is wrong."""
    err().print(Text.assemble(("error: ", "bold red"), text), soft_wrap=True)


def is_terminal(stream: IO[str]) -> bool:
    """Whether a person sits at it; a closed stream is none."""
    try:
        return stream.isatty()
    except ValueError:
        return False
