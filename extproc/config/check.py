"""Document → typed config, however much of it is right.

Everything wrong is reported at once. So that rules between values can be checked although some values have
the wrong type, what is wrong is cut out (an entry of a list, a section) and the rest is read again.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from extproc.config.explain import explain
from extproc.config.models.root import CURRENT_VERSION, Config
from extproc.config.problems import KeyPath, Report
from extproc.config.variables import Variables
from extproc.config.view import View, view

_BY_NAME: Final = frozenset({"model_aliases", "endpoints"})
"""Sections that are mappings of entries: one bad entry does not spoil the others."""


def check(document: dict[str, Any], variables: Variables, report: Report) -> View | None:
    """The typed config, without what `report` was told is wrong; ``None`` where too little is left."""
    try:
        return view(Config.model_validate(document, context=variables), {}, frozenset())
    except ValidationError as error:
        faults = explain(error, document, report)
    cut = _Cut(document, faults)
    try:
        config = Config.model_validate(cut.document, context=variables)
    except ValidationError:
        return None
    return view(config, cut.kept, frozenset(cut.damaged))


class _Cut:
    """A document without the places that have faults."""

    def __init__(self, document: dict[str, Any], faults: Sequence[tuple[KeyPath, str]]) -> None:
        self.document = deepcopy(document)
        self.damaged: set[str] = set()
        """Sections that lost something."""
        self.kept: dict[str, tuple[int, ...]] = {}
        """Section → original index of each entry that is left."""
        lost: dict[str, set[int]] = {}
        for path in (path for path, kind in faults if kind == "extra_forbidden"):
            self._remove_key(path)
        for path in (path for path, kind in faults if kind != "extra_forbidden"):
            if len(path) > 1 and isinstance(document[str(path[0])], list):
                lost.setdefault(str(path[0]), set()).add(int(path[1]))
            else:
                self._remove_key(path[:2] if path[0] in _BY_NAME else path[:1])
                self.damaged.add(str(path[0]))
        for section, indices in lost.items():
            self._remove_entries(section, indices)
        self.document.setdefault("version", CURRENT_VERSION)

    def _remove_key(self, path: KeyPath) -> None:
        place: Any = self.document
        for step in path[:-1]:
            place = place[step]
        place.pop(path[-1], None)

    def _remove_entries(self, section: str, indices: set[int]) -> None:
        entries = self.document[section]
        self.kept[section] = tuple(index for index in range(len(entries)) if index not in indices)
        self.document[section] = [entries[index] for index in self.kept[section]]
        self.damaged.add(section)
