"""What two configs differ in, by names: for a log, which must not show what the names stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from extproc.config.snapshot import Snapshot

_ENTRIES: Final = {
    "listener": ("listeners", "name"),
    "provider": ("providers", "name"),
    "agent": ("agents", "id"),
    "routing preference": ("preferences", "name"),
}
"""What an entry is called → the field of a snapshot, and the field of an entry that has its name."""

_SHOWN_MAX: Final = 20
"""So many names of a kind are shown: a line of a log stays one."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Each a tuple of what is meant, e.g. ``provider openai/gpt-4o``."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __str__(self) -> str:
        """E.g. ``added provider openai/gpt-4o; changed listener llm, aliases``; ``nothing changed``."""
        told = {"added": self.added, "removed": self.removed, "changed": self.changed}
        return "; ".join(f"{what} {_listed(names)}" for what, names in told.items() if names) or (
            "nothing changed"
        )


def changes(old: Snapshot, new: Snapshot) -> Changes:
    """From `old` to `new`; generations do not count."""
    added: list[str] = []
    removed: list[str] = []
    changed: list[str] = []
    for kind, (name, key) in _ENTRIES.items():
        before, after = _by_name(old, name, key), _by_name(new, name, key)
        added += [f"{kind} {entry}" for entry in after if entry not in before]
        removed += [f"{kind} {entry}" for entry in before if entry not in after]
        changed += [f"{kind} {e}" for e in after if e in before and after[e] != before[e]]
    changed += _settings(old, new)
    return Changes(tuple(added), tuple(removed), tuple(changed))


def _by_name(snapshot: Snapshot, name: str, key: str) -> Mapping[str, Any]:
    return {getattr(entry, key): entry for entry in getattr(snapshot, name)}


def _settings(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Everything else, by the names that snapshots have for it; and an order that counts."""
    entries = {name for name, _ in _ENTRIES.values()}
    for field in fields(Snapshot):
        if field.name == "generation":
            continue
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name not in entries and before != after:
            yield field.name.replace("_", " ")
        if field.name in entries and before != after and _same_entries(before, after):
            yield f"order of {field.name}"


def _same_entries(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    return len(before) == len(after) and all(entry in before for entry in after)


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN_MAX
    return ", ".join(names[:_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
