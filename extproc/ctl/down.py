"""``planoctl down``."""

import os
from typing import Annotated

import typer


def down(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print each step.")] = False,
) -> None:
    """Stop the gateway.

    The requests in flight have 30 seconds to be answered; a second `planoctl down` meanwhile ends it at once.
    Nothing running is no error.
    """
    from extproc.ctl import screen
    from extproc.ctl.gateway.stop import stop
    from extproc.ctl.home import Home
    from extproc.ctl.progress import Progress

    home = Home.of(os.environ)
    with Progress(verbose=verbose) as progress:
        stopped = stop(home, progress.step)
    screen.say(str(stopped))
