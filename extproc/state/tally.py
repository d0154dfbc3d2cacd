"""Counts by name: what each agent, provider and model has done, and does."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from extproc.limits import STATE_LOADS_MAX
from extproc.state.load import Load
from extproc.state.turn import Turn


def agents_of(turn: Turn) -> tuple[str, ...]:
    """The agents that work on it."""
    return tuple(turn.agents)


def providers_of(turn: Turn) -> tuple[str, ...]:
    """The provider that it goes to."""
    return (turn.provider,) if turn.provider else ()


def models_of(turn: Turn) -> tuple[str, ...]:
    """``provider/model``, without the provider's name where the model's begins with it."""
    if not turn.model or not turn.provider:
        return ()
    prefix = turn.provider.partition("/")[0]
    return (f"{prefix}/{turn.model}",)


class Tally:
    """Of turns that have ended; `names` says whose a turn is."""

    def __init__(self, names: Callable[[Turn], tuple[str, ...]]) -> None:
        self._names = names
        self._loads: OrderedDict[str, Load] = OrderedDict()

    def count(self, turn: Turn) -> None:
        """Add one."""
        for name in self._names(turn):
            load = self._of(name)
            load.turns += 1
            load.errors += turn.failed
            load.last = max(load.last, turn.began)
            if turn.usage:
                load.input_tokens += turn.usage.input_tokens
                load.output_tokens += turn.usage.output_tokens

    def loads(self, in_flight: Iterable[Turn]) -> list[Load]:
        """By name, with those that are `in_flight`."""
        busy: Counter[str] = Counter()
        began: dict[str, float] = {}
        for turn in in_flight:
            for name in self._names(turn):
                busy[name] += 1
                began[name] = max(began.get(name, 0.0), turn.began)
        known = {name: msgspec.structs.replace(load) for name, load in self._loads.items()}
        for name, number in busy.items():
            load = known.setdefault(name, Load(name))
            load.in_flight = number
            load.last = max(load.last, began[name])
        return sorted(known.values(), key=lambda load: load.name)

    def _of(self, name: str) -> Load:
        load = self._loads.get(name)
        if load is None:
            load = self._loads[name] = Load(name)
            if len(self._loads) > STATE_LOADS_MAX:
                self._loads.popitem(last=False)
        self._loads.move_to_end(name)
        return load
