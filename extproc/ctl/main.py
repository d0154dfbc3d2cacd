"""planoctl: the Typer app and nothing else."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from extproc import __version__
from extproc.ctl import screen
from extproc.ctl.chat import chat
from extproc.ctl.cli_agent import PASSED_ON, cli_agent
from extproc.ctl.demo import demo
from extproc.ctl.down import down
from extproc.ctl.failure import Failure
from extproc.ctl.init import init
from extproc.ctl.logs import logs
from extproc.ctl.render import render
from extproc.ctl.route import route
from extproc.ctl.signals import signals
from extproc.ctl.status import status
from extproc.ctl.up import up
from extproc.ctl.validate import validate

INTERRUPTED = 130  # as a shell says it: 128 + SIGINT

app = typer.Typer(
    name="planoctl",
    epilog="Begin with `planoctl demo`, then `planoctl init` and `planoctl up`.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        screen.say(f"planoctl {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def planoctl(
    context: typer.Context,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """AI routing for Envoy: start and look after a Plano gateway on this machine."""
    if context.invoked_subcommand is None:
        screen.say(context.get_help())


app.command()(demo)
app.command()(init)
app.command()(validate)
app.command()(up)
app.command()(status)
app.command()(logs)
app.command()(route)
app.command()(chat)
app.command("cli-agent", context_settings=PASSED_ON)(cli_agent)
app.command("cli_agent", context_settings=PASSED_ON, hidden=True)(cli_agent)
app.command()(down)
app.add_typer(render)
app.add_typer(signals)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 not done, 2 wrong usage, 130 interrupted."""
    try:
        app(list(arguments), prog_name="planoctl")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Failure as failure:
        screen.fail(failure)
    except KeyboardInterrupt:
        screen.note("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, e.g. `planoctl logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        screen.fail(Failure(f"{where}{error.strerror or error}"))
    except Exception as error:  # a person gets a line, never a traceback, unless they ask for it
        if os.environ.get("PLANO_DEBUG"):
            raise
        name = type(error).__name__
        screen.fail(Failure(f"a fault of planoctl: {name}: {error}", "PLANO_DEBUG=1 shows where"))
    return 1


if __name__ == "__main__":
    main()
