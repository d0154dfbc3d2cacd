"""Prices and latencies by model. Sources write into it as they are read, exchanges read it at any time.

Whoever asks may name a model in any way the config does. Each source is asked for that name, then for the
entry's other names, then for the bare id; where no source knows the model, what its provider's list price
was when this version was released stands in.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import msgspec

from extproc.config.snapshot import Snapshot
from extproc.providers.catalogue import known_prices

Prefer = Literal["cheapest", "fastest", "none"]

_T = TypeVar("_T")


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Prices of one model, in USD per million tokens."""

    input: float
    output: float
    cache_read: float | None = None
    """``None``: not published."""


class PriceList(msgspec.Struct, frozen=True):
    """What one price list says."""

    by_name: Mapping[str, Rates]
    """By ``provider/model``, and by the names that the config gives to what is in the list."""
    by_id: Mapping[str, Rates] = msgspec.field(default_factory=dict)
    """By the model's id alone; of several providers' prices, one."""


Latencies = Mapping[str, float]
"""Model, named in whatever way its label does → any measure that is smaller for what is faster."""

_UNKNOWN: Final = math.inf


class Book:
    """One config's prices and latencies. Not for several threads: sources hand over whole tables."""

    def __init__(
        self, names: Mapping[str, tuple[str, ...]] | None = None, catalogues: Mapping[str, str] | None = None
    ) -> None:
        """`names`: name → all names of the same entry; `catalogues`: prefix → name of the shipped list."""
        self._names = names or {}
        self._catalogues = catalogues or {}
        self._lists: dict[int, PriceList] = {}
        self._latencies: dict[int, Latencies] = {}

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Book":
        """The book of a config, with nothing in it but the shipped prices."""
        catalogues: dict[str, str] = {}
        for provider in snapshot.providers:
            if provider.profile.catalogue:
                catalogues.setdefault(provider.prefix, provider.profile.catalogue)
        return cls(_all_names(snapshot), catalogues)

    def put_prices(self, source: int, prices: PriceList) -> None:
        """Take what the source of this number says in place of what it said before."""
        self._lists[source] = prices

    def put_latencies(self, source: int, latencies: Latencies) -> None:
        """The same for a source of latencies."""
        self._latencies[source] = latencies

    def rate(self, model: str) -> Rates | None:
        """The prices of a model; ``None``: nobody says."""
        names = self._names.get(model) or (model,)
        lists = self._lists.values()
        return (
            _first([prices.by_name for prices in lists], names)
            or _first([prices.by_id for prices in lists], [_bare(name) for name in names])
            or self._shipped(names)
        )

    def latency(self, model: str) -> float | None:
        """The measured latency of a model; ``None``: there is none."""
        names = self._names.get(model) or (model,)
        return _first(self._latencies.values(), (*names, *map(_bare, names)))

    def rank(self, models: Sequence[str], prefer: Prefer) -> tuple[str, ...]:
        """`models` with the best first. Equal ones, and those of which nothing is known, keep their order."""
        if prefer == "none":
            return tuple(models)
        return tuple(sorted(models, key=self._price if prefer == "cheapest" else self._slowness))

    def unknown(self, models: Sequence[str], prefer: Prefer) -> tuple[str, ...]:
        """Those of `models` that come last for want of a price or a latency."""
        if prefer == "none":
            return ()
        measure = self._price if prefer == "cheapest" else self._slowness
        return tuple(model for model in models if measure(model) == _UNKNOWN)

    def _price(self, model: str) -> float:
        rates = self.rate(model)
        return rates.input + rates.output if rates else _UNKNOWN

    def _slowness(self, model: str) -> float:
        latency = self.latency(model)
        return _UNKNOWN if latency is None else latency

    def _shipped(self, names: Sequence[str]) -> Rates | None:
        for name in names:
            prefix, _, model = name.partition("/")
            prices = known_prices(self._catalogues.get(prefix, ""), model)
            if "input" in prices and "output" in prices:
                return Rates(prices["input"], prices["output"], prices.get("cache_read"))
        return None


def _all_names(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for provider in snapshot.providers:
        if not provider.wildcard:
            full = f"{provider.prefix}/{provider.model}"
            for name in (provider.name, full):
                names[name] = tuple(dict.fromkeys((name, provider.name, full, *names.get(name, ()))))
            names.setdefault(provider.model, (full, provider.name))
    for alias, target in snapshot.aliases.items():
        names[alias] = (alias, *names.get(target, (target,)))
    return names


def _bare(name: str) -> str:
    """What follows the first slash."""
    return name.partition("/")[2] or name


def _first(tables: Iterable[Mapping[str, _T]], names: Sequence[str]) -> _T | None:
    return next((table[name] for table in tables for name in names if name in table), None)
