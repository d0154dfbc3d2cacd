"""``planoctl chat``."""

from typing import Annotated

import typer


def chat(
    question: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="Ask this and end; without it, talk.", show_default=False),
    ] = None,
    listener: Annotated[
        str | None,
        typer.Option(
            "--listener", "-l", metavar="NAME", help="Default: the first one of agents, else of models."
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="A gateway that planoctl did not start.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help="Model or alias to ask for.")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", metavar="TEXT", help="Instructions that come before the talk.")
    ] = None,
) -> None:
    """Talk to a listener.

    Streams each answer and shows which agent or model it is from. Remembers what
    was said. Lines of a pipe are questions, too.
    """
    from extproc.ctl.talk.conversation import Conversation, talk
    from extproc.ctl.talk.place import Place, place, running

    where = Place(url, "model", url.rstrip("/")) if url else place(running(), listener)
    conversation = Conversation(where, model, system)
    try:
        answered = talk(conversation, where) if question is None else conversation.ask(question)
    finally:
        conversation.close()
    if not answered:
        raise typer.Exit(1)
