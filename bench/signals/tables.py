"""The tables, on the screen and in `docs/signals.md`."""

from collections.abc import Mapping, Sequence

from bench.report import Sheet
from bench.signals.quality import Counts, Judged, auc, counts, false_alarms, instance_counts
from bench.signals.speed import LONG_CHARS, Speed
from extproc.signals.lexicon import LANGUAGES
from extproc.signals.taxonomy import Leaf

Halves = Mapping[str, Sequence[Judged]]


def sheets(halves: Halves, spent: Speed) -> tuple[Sheet, ...]:
    """All of them."""
    return _summary(halves), _leaves(halves), _languages(halves), _speed(spent)


def _summary(halves: Halves) -> Sheet:
    rows = (
        ("conversations", *(str(len(judged)) for judged in halves.values())),
        ("kinds by conversation: precision", *(f"{counts(j).precision:.2f}" for j in halves.values())),
        ("… recall", *(f"{counts(j).recall:.2f}" for j in halves.values())),
        ("… F1 (goal 0.75)", *(f"{counts(j).f1:.2f}" for j in halves.values())),
        ("signals by message: F1", *(f"{instance_counts(j).f1:.2f}" for j in halves.values())),
        ("false alarms, clean conversations (goal 5 %)", *(_alarms(j) for j in halves.values())),
        ("AUC of “worth reading” (goal 0.85)", *(f"{auc(j, _own):.2f}" for j in halves.values())),
        ("… by Plano's formula", *(f"{auc(j, _plano):.2f}" for j in halves.values())),
    )
    return Sheet("Summary", "Micro averages over all kinds.", ("", *halves), rows)


def _own(judged: Judged) -> float:
    return judged.report.score


def _plano(judged: Judged) -> float:
    return judged.plano_score


def _alarms(judged: Sequence[Judged]) -> str:
    wrong, clean = false_alarms(judged)
    return f"{wrong} of {clean} ({wrong / clean:.1%})"


def _leaves(halves: Halves) -> Sheet:
    rows = [
        (leaf.short, *(text for judged in halves.values() for text in _cells(counts(judged, leaf))))
        for leaf in Leaf
    ]
    heads = ("there", "precision", "recall", "F1")
    head = ("kind", *(f"{half}: {what}" for half in halves for what in heads))
    return Sheet("By kind", "By conversation; “there” is how many have the kind.", head, tuple(rows))


def _cells(counted: Counts) -> tuple[str, ...]:
    there = counted.right + counted.missed
    return str(there), f"{counted.precision:.2f}", f"{counted.recall:.2f}", f"{counted.f1:.2f}"


def _languages(halves: Halves) -> Sheet:
    rows = []
    for language in LANGUAGES:
        cells: list[str] = []
        for judged in halves.values():
            spoken = [one for one in judged if one.conversation.lang == language]
            cells += [str(len(spoken)), f"{counts(spoken).f1:.2f}", _alarms(spoken)]
        rows.append((language, *cells))
    heads = ("conversations", "F1", "false alarms")
    head = ("language", *(f"{half}: {what}" for half in halves for what in heads))
    return Sheet("By language", "All kinds together.", head, tuple(rows))


def _speed(spent: Speed) -> Sheet:
    row = tuple(f"{value:.0f}" for value in (spent.mean_us, spent.median_us, spent.p99_us, spent.long_us))
    reading = f"A person's message and what the agent did for it; the long ones have {LONG_CHARS} characters."
    head = ("turns", "mean", "median", "p99", "two very long messages")
    return Sheet("CPU of a turn, in µs (goal 1000)", reading, head, ((str(spent.turns), *row),))
