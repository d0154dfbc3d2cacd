"""``planoctl route``."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from extproc.ctl.routing.place import Place


def route(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT...",
            help="What a person says; several: their turns, the newest last.",
            show_default=False,
        ),
    ] = None,
    listener: Annotated[
        str | None,
        typer.Option(
            "--listener",
            "-l",
            metavar="NAME",
            help="An agent listener, or `preferences`. Default: the first.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="Default: what runs, else what `up` would take."),
    ] = None,
    evaluated: Annotated[
        Path | None,
        typer.Option(
            "--eval", metavar="FILE", help='Lines of {"text": …, "agent": …}: how often is it right?'
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Explain which agent, or which preference, a text is for.

    Shows the candidates, their scores, who decided, and the time. Nothing is sent to
    agents or models, except to a router model where the embedded router is unsure
    and a gateway runs.
    """
    from extproc.ctl.failure import Failure
    from extproc.ctl.routing.place import place

    if not text and evaluated is None:
        raise Failure("nothing to route", 'planoctl route "Will it rain tomorrow?"')
    where = place(config, os.environ)
    asyncio.run(_route(where, listener, tuple(text or ()), evaluated, as_json=as_json))


async def _route(
    where: "Place", listener: str | None, said: tuple[str, ...], evaluated: Path | None, *, as_json: bool
) -> None:
    from extproc.ctl import screen
    from extproc.ctl.routing import explain, report
    from extproc.ctl.routing.evaluate import evaluate, read
    from extproc.ctl.routing.question import named, questions

    question = named(await questions(where.snapshot, where.outbound), listener)
    if evaluated is not None:
        result = await evaluate(question, read(evaluated, question))
        if as_json:
            screen.say(json.dumps(result.as_json(), indent=2))
        else:
            report.show(result)
        return
    choice = await question.ask(*said)
    if as_json:
        screen.say(json.dumps(explain.as_json(question, choice), indent=2))
    else:
        explain.show(question, choice)
