"""The models a provider is known to offer: what ``provider/*`` lists and what a bare id may mean.

``catalogue.json`` is made by `extproc.providers.catalogue_build`; its header names its sources.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec


class _Catalogue(msgspec.Struct, frozen=True):
    models: dict[str, dict[str, dict[str, float]]]
    """Catalogue name → model id → prices."""


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    text = files("extproc.providers").joinpath("catalogue.json").read_bytes()
    models = msgspec.json.decode(text, type=_Catalogue).models
    return {name: tuple(ids) for name, ids in models.items()}


def known_models(catalogue: str) -> tuple[str, ...]:
    """The ids of one catalogue, sorted; empty where there is none of that name."""
    return _known().get(catalogue, ())
