"""``planoctl up``."""

import os
from pathlib import Path
from typing import Annotated

import typer

_Watch = Annotated[
    bool,
    typer.Option(
        "--watch/--no-watch", help="Take changes of the config at once, or when told to: planoctl reload."
    ),
]


def up(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG",
            help="Config file. Default: ./config.yaml, else ./plano_config.yaml, "
            "else one made from the API keys in the environment.",
            show_default=False,
        ),
    ] = None,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay and print the logs; Ctrl-C or SIGTERM drains and ends.")
    ] = False,
    listener_port: Annotated[
        int | None,
        typer.Option(
            "--listener-port",
            metavar="PORT",
            min=1,
            max=65535,
            help="Port of the listener when no config is used.  [default: 12000]",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            max=64,
            help="Worker processes, and threads of Envoy.  [default: one per CPU, at most 4]",
            show_default=False,
        ),
    ] = None,
    watch: _Watch = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print each step; Envoy logs what it does, too.")
    ] = False,
) -> None:
    """Start the gateway.

    Returns when it serves, or says why it does not.
    """
    from extproc.ctl.gateway.claim import take_lock
    from extproc.ctl.home import Home

    home = Home.of(os.environ)
    lock = take_lock(home)

    from extproc.ctl.gateway.choose import choose
    from extproc.ctl.gateway.launch import launch

    choice = choose(config, home, os.environ, port=listener_port)
    code = launch(home, choice, lock, workers=workers, foreground=foreground, verbose=verbose, watch=watch)
    raise typer.Exit(code)
