"""The models a provider is known to offer, for ``provider/*`` and for bare ids, and what they cost.

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
def _known() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    text = files("extproc.providers").joinpath("catalogue.json").read_bytes()
    return msgspec.json.decode(text, type=_Catalogue).models


@cache
def known_models(catalogue: str) -> tuple[str, ...]:
    """The ids of one catalogue, sorted; empty where there is none of that name."""
    return tuple(_known().get(catalogue, {}))


def known_prices(catalogue: str, model: str) -> Mapping[str, float]:
    """What the provider took for a million tokens when the list was made, in USD.

    By ``input``, ``output``, ``cache_read`` and ``cache_write``; without those that the list does not have.
    """
    return _known().get(catalogue, {}).get(model, {})
