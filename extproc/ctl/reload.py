"""``planoctl reload``."""

import os
from typing import Annotated

import typer


def reload(
    check: Annotated[bool, typer.Option("--check", help="Only say what would change, or be wrong.")] = False,
) -> None:
    """Take the config as it is now, without an interruption.

    The gateway reads its config file again, with the variables of this shell. A config that cannot be used
    changes nothing, and the exit code is 1. Options of `planoctl up` stay as they were.
    """
    import asyncio

    from extproc.ctl.gateway.running import running
    from extproc.ctl.home import Home
    from extproc.ctl.progress import Progress
    from extproc.ctl.reloading.view import show
    from extproc.ctl.reloading.wish import wish

    record = running(Home.of(os.environ))
    with Progress() as progress:
        progress.step(f"reading {record.config}")
        told = asyncio.run(wish(record, os.environ, check=check))
    show(record, told, check=check)
