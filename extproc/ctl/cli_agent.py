"""``planoctl cli-agent``."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

PASSED_ON: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What follows ``--`` is for the tool."""


class ToolName(StrEnum):
    """The coding tools that are known."""

    CLAUDE = "claude"
    CODEX = "codex"


def cli_agent(
    context: typer.Context,
    tool: Annotated[
        ToolName | None,
        typer.Argument(metavar="[claude|codex]", help="Without it: the same as chat.", show_default=False),
    ] = None,
    listener: Annotated[
        str | None,
        typer.Option("--listener", "-l", metavar="NAME", help="Default: the first one of models."),
    ] = None,
    settings: Annotated[
        str,
        typer.Option(
            "--settings",
            metavar="JSON",
            help="ANTHROPIC_SMALL_FAST_MODEL, CODEX_MODEL, NON_INTERACTIVE_MODE.",
        ),
    ] = "{}",
) -> None:
    """Start a coding tool on the gateway.

    Claude Code or Codex, if installed, sends its requests through the gateway that
    runs. What follows `--` goes to the tool.
    """
    if tool is None:
        from extproc.ctl.chat import chat

        chat(listener=listener)
        return

    from extproc.ctl.coding_tools import TOOLS
    from extproc.ctl.gateway.reading import read
    from extproc.ctl.home import Home
    from extproc.ctl.talk.place import first, place, running

    record = running()
    where = place(record, listener) if listener else first(record, "model")
    aliases = tuple(read(Home.of(os.environ).config).snapshot.aliases)
    launch = TOOLS[tool](where.url, aliases, _settings(settings), os.environ)
    _become((*launch.argv, *context.args), launch.environ)


def _settings(text: str) -> Mapping[str, Any]:
    import json

    from extproc.ctl.failure import Failure

    try:
        settings = json.loads(text)
    except ValueError as error:
        raise Failure(f"--settings is not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise Failure("--settings must be a JSON object")
    return settings


def _become(argv: tuple[str, ...], told: Mapping[str, str]) -> None:
    """The tool takes our place: its exit code is ours, and it has the terminal to itself."""
    import shutil

    from extproc.ctl.failure import Failure

    program = shutil.which(argv[0])
    if program is None:
        raise Failure(
            f"{argv[0]} is not installed", f"install it, or set {' and '.join(told)} for another tool"
        )
    os.execve(program, argv, {**os.environ, **told})  # noqa: S606  the person asked for this program
