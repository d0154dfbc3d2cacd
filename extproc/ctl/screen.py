"""How planoctl speaks: results on standard output, everything else on standard error."""

from functools import cache
from typing import IO

from rich.console import Console
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
