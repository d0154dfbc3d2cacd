"""``planoctl signals``: what conversations show of how they went."""

import sys
from typing import Annotated

import typer

signals = typer.Typer(
    name="signals",
    help="What conversations show of how they went.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@signals.command()
def replay(
    compat: Annotated[
        str, typer.Option("--compat", metavar="plano", help="Score as Plano does, over the same signals.")
    ] = "",
) -> None:
    """Analyse conversations: JSON lines from standard input, a report for each on standard output.

    A line is {"id": …, "messages": […]}; a message is {"from": …, "value": …} with human, gpt, function_call
    or observation as "from", or what OpenAI's API takes.
    """
    from extproc.ctl.failure import Failure
    from extproc.signals.replay import BadLine
    from extproc.signals.replay import replay as replayed
    from extproc.signals.report import Scoring

    if compat not in ("", "plano"):
        raise Failure(f"--compat: there is no {compat!r}", "the one there is: plano")
    scoring = Scoring.PLANO if compat else Scoring.OWN
    try:
        for line in replayed(sys.stdin, scoring):
            sys.stdout.write(f"{line}\n")
    except (BadLine, UnicodeDecodeError) as error:
        raise Failure(str(error)) from error
    sys.stdout.flush()
