"""``planoctl init``."""

from pathlib import Path
from typing import Annotated

import typer


def init(
    template: Annotated[
        str | None,
        typer.Option(
            "--template", "-t", metavar="ID", help="Template to start from; asked for at a terminal."
        ),
    ] = None,
    list_templates: Annotated[
        bool, typer.Option("--list-templates", help="List the templates and exit.")
    ] = False,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")] = Path(
        "config.yaml"
    ),
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Without the comments.")] = False,
) -> None:
    """Write a config to start from.

    Each template is valid as it stands, once its API keys are set.
    """
    from extproc.ctl.templates import choose, show, write

    if list_templates:
        show()
        return
    write(choose(template), output, force=force, comments=not clean)
