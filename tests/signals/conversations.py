"""Small conversations for tests."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from extproc.signals.analysis import advance
from extproc.signals.row import Kind, Row
from extproc.signals.signal import Signal
from extproc.signals.state import State
from extproc.signals.taxonomy import Leaf

DATA = Path(__file__).parents[1] / "data" / "signals"

OPENINGS = {
    "en": ("show me the march report for the main branch", "Here is the report of the other branch."),
    "es": ("enséñame el pedido y el informe de marzo por favor", "Aquí está el informe completo de mayo."),
    "de": ("zeig mir bitte den Bericht von März", "Hier ist der Bericht von Mai für das Konto."),
    "fr": ("montre-moi le rapport de mars s'il te plaît", "Voici le rapport de mai pour le compte."),
    "pt": ("me mostra o relatório de março por favor", "Aqui está o relatório de maio da conta."),
    "zh": ("给我看三月的报告", "这是五月的报告。"),
}
"""A request and an answer that is not quite it."""


def lines(name: str) -> list[dict[str, Any]]:
    """A file of `tests/data/signals`."""
    return [msgspec.json.decode(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def talk(*said: str) -> list[Row]:
    """Person and agent in turn."""
    kinds = (Kind.HUMAN, Kind.AGENT)
    return [Row(kinds[number % 2], text, number) for number, text in enumerate(said)]


def calls(*done: tuple[str, str, str | None]) -> list[Row]:
    """Tool calls (name, arguments, result; ``None``: no result yet) after a request."""
    rows = [Row(Kind.HUMAN, "please do it", 0)]
    for name, arguments, result in done:
        rows.append(Row(Kind.CALL, arguments, len(rows), name=name))
        if result is not None:
            rows.append(Row(Kind.RESULT, result, len(rows)))
    return rows


def signals(rows: Iterable[Row]) -> list[Signal]:
    """All that is seen in them."""
    state = State()
    advance(state, rows)
    return state.signals


def leaves(rows: Iterable[Row]) -> list[str]:
    """The short names of what is seen, in order."""
    return [signal.type.short for signal in signals(rows)]


def answering(language: str, text: str) -> list[Signal]:
    """What is seen in `text` as the reply to an answer that is not quite what was asked."""
    return signals(talk(*OPENINGS[language], text))


def kinds(found: Sequence[Signal]) -> set[Leaf]:
    """Their kinds."""
    return {signal.type for signal in found}
