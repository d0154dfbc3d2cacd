"""Who answered a request of a demo, and why: from the answer's headers and its line in the access log."""

from collections.abc import Mapping
from typing import Final

from rich.text import Text

from extproc import headers
from extproc.ctl.access_line import AccessLine

STAGES: Final = {
    "only": "there is no other",
    "embedded": "the embedded router is sure",
    "model": "the router model says so",
    "conversation": "the conversation is there already",
    "default": "none fits, so the default",
}
"""What decided → words for it; the values are those of `extproc.routers.candidate.Stage`."""


def chosen(told: Mapping[str, str]) -> Text:
    """The agents in their order, or the model."""
    agents = told.get(headers.AGENTS) or told.get(headers.AGENT)
    names = agents.split(",") if agents else [told.get(headers.PROVIDER, "?")]
    text = Text()
    for number, name in enumerate(names):
        text.append(" → " if number else "", "dim").append(name.strip(), "bold")
    return text


def why(line: AccessLine, attempts: str | None) -> Text:
    """The reason of a choice, and what became of the first one where it failed."""
    text = Text(line.router_reason or STAGES.get(line.router_stage or "", "it was asked for"))
    if line.route:
        text.append(f" (preference: {line.route})")
    if attempts and "," in attempts:
        text.append(f"; tried {attempts}", "yellow")
    return text
