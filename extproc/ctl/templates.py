"""Choosing a template and writing it, for ``planoctl init``."""

import sys
from pathlib import Path

import typer
import yaml
from rich.text import Text

from extproc.config import templates
from extproc.config.load import loads
from extproc.ctl import screen
from extproc.ctl.failure import Failure


def show() -> None:
    """The templates, numbered, with what each is for."""
    rows = (
        (str(number), Text(name, "bold"), templates.summary(name))
        for number, name in enumerate(templates.names(), start=1)
    )
    screen.out().print(screen.table(("", "", ""), rows))


def choose(wanted: str | None) -> str:
    """A template's name: the one wanted, the one picked at the terminal, or the plainest."""
    names = templates.names()
    if wanted is None and screen.is_terminal(sys.stdin):
        show()
        wanted = typer.prompt("Which one", default="1")
    if wanted is None:
        return names[0]
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    if wanted not in names:
        raise Failure(f"there is no template {wanted}", f"there are {', '.join(names)}")
    return wanted


def write(name: str, output: Path, *, force: bool, comments: bool) -> None:
    """Writes a template to `output`; raises `Failure` when that is there already and not to be replaced."""
    text = templates.text(name)
    if not comments:
        text = yaml.safe_dump(yaml.safe_load(text), sort_keys=False)
    if not output.parent.is_dir():
        raise Failure(f"{output.parent} is no folder", "make it first")
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Failure(f"{output} exists already", "--force replaces it, -o names another file") from None
    screen.say(f"wrote {output}: {templates.summary(name)}")
    _show_next_steps(text, output)


def _show_next_steps(text: str, output: Path) -> None:
    variables = sorted(loads(text, require_secrets=False).secret_variables)
    if variables:
        screen.say(f"needs {', '.join(variables)}, from the environment or from a .env beside it", "dim")
    argument = "" if output == Path("config.yaml") else f" {output}"
    screen.say(f"next: planoctl validate {output}, then planoctl up{argument}", "dim")
