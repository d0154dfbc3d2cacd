"""``planoctl validate``."""

from pathlib import Path
from typing import Annotated

import typer


def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Config file.", show_default=False)],
) -> None:
    """Check a config.

    Prints every error with its line, or a summary of what the config says. Keys
    must be set in the environment or in a `.env` beside the file.
    """
    from rich.text import Text

    from extproc.ctl import screen
    from extproc.ctl.gateway.reading import count, read
    from extproc.ctl.routing import overlaps
    from extproc.ctl.summary import show_config

    reading = read(file)
    warnings = (*reading.warnings, *overlaps.warnings(reading.snapshot))
    verdict = count(len(warnings), "warning") if warnings else ""
    screen.out().print(
        Text.assemble(
            ("✓ ", "bold green"), (str(file), "bold"), " is valid", f", {verdict}" if verdict else ""
        ),
        soft_wrap=True,
    )
    show_config(reading)
    if warnings:
        screen.err().print()
    for warning in warnings:
        screen.warn(warning)
