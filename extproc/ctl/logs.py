"""``planoctl logs``."""

import os
from typing import Annotated

import typer


def logs(
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="The logs of Envoy itself and of the gateway process, too.")
    ] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", metavar="N", min=0, help="Latest lines to print.")
    ] = 50,
) -> None:
    """Print the requests and what extproc and state say.

    At a terminal requests are made readable, and health checks that went well are left out; into a pipe every
    line goes as it was written.
    """
    import asyncio
    from contextlib import suppress

    from extproc.ctl.failure import Failure
    from extproc.ctl.home import Home
    from extproc.ctl.logs_view import follow as follow_on
    from extproc.ctl.logs_view import latest, show, sources

    home = Home.of(os.environ)
    if not home.logs.is_dir():
        raise Failure("there are no logs: no gateway was started yet", "planoctl up starts one")
    if follow:
        with suppress(KeyboardInterrupt):  # the way to end it
            asyncio.run(follow_on(home, debug=debug, number=lines))
        return
    for name, line in latest(sources(home, debug=debug), lines):
        show(name, line)
