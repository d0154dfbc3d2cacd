"""``planoctl demo``."""

from enum import StrEnum
from typing import Annotated

import typer


class Demo(StrEnum):
    """The demos there are."""

    TRAVEL = "travel"
    PREFERENCES = "preferences"


def demo(
    name: Annotated[
        Demo,
        typer.Argument(metavar="[travel|preferences]", help="Agents, or models by the kind of task."),
    ] = Demo.TRAVEL,
) -> None:
    """See it work on this machine.

    travel: two agents and the questions that find them. preferences: a model for
    each kind of task, and another where it is down. A tiny language model answers;
    everything runs in a temporary folder and is gone afterwards. At a terminal it
    goes on serving until Ctrl-C.
    """
    from extproc.ctl.showcase.show import SHOWS
    from extproc.ctl.showcase.stage import check_packages

    check_packages(SHOWS[name])
    from extproc.ctl.showcase.play import play

    play(SHOWS[name])
