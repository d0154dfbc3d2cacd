"""``planoctl status``."""

import os
from typing import Annotated

import typer


def status(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Show what runs, and its health.

    The exit code is 1 when nothing runs or a listener does not serve.
    """
    import json

    from extproc.ctl import screen
    from extproc.ctl.gateway.survey import survey
    from extproc.ctl.home import Home
    from extproc.ctl.status_view import show

    seen = survey(Home.of(os.environ))
    if as_json:
        screen.say(json.dumps(seen.as_json() if seen else {"running": False, "serving": False}, indent=2))
    elif seen is None:
        screen.say("no gateway is running")
        screen.note("planoctl up starts one")
    else:
        show(seen)
    if seen is None or not seen.serving:
        raise typer.Exit(1)
