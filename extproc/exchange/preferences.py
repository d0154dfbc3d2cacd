"""Kinds of tasks and the models that are good at them: the config's, or those that a request brings along."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec

from extproc.config.snapshot import Preference, Snapshot
from extproc.errors import InvalidRequest
from extproc.limits import (
    PREFERENCE_CHARS_MAX,
    PREFERENCE_MODELS_MAX,
    PREFERENCE_NAME_CHARS_MAX,
    PREFERENCES_MAX,
)
from extproc.prices.book import Prefer
from extproc.rewrite.json_check import PREFERENCES
from extproc.routers.candidate import Candidate, Candidates
from extproc.routing.models import ModelTable, Target


class Option(msgspec.Struct, frozen=True, gc=False):
    """A model that a preference names."""

    name: str
    """As it is written."""
    target: Target


class Kind(msgspec.Struct, frozen=True, gc=False):
    """One preference."""

    name: str
    options: tuple[Option, ...]
    """At least one, in the order of the config."""
    prefer: Prefer = "none"


class Preferences(msgspec.Struct, frozen=True):
    """All among which a request's kind is chosen."""

    candidates: Candidates
    """What the router is asked. Kept for the life of a config, so that what is computed of them can be."""
    kinds: Mapping[str, Kind]
    """By name."""
    targets: Mapping[str, Target]
    """Those of all of them, by `full_name`."""


def full_name(target: Target) -> str:
    """The one name of a target that no other has."""
    provider = target.provider
    return f"{provider.prefix}/{target.model}" if provider.wildcard else provider.name


def configured(snapshot: Snapshot, models: ModelTable) -> Preferences | None:
    """The preferences of a config; ``None``: it has none."""
    return _preferences(snapshot.preferences, models)


def inline(value: bytes, models: ModelTable) -> Preferences | None:
    """The preferences in a request's field of that name; ``None``: it wants none.

    Raises `InvalidRequest` for a value of another form, `ModelNotFound` for a model that nobody offers.
    """
    try:
        told = _decode(value)
    except msgspec.DecodeError as error:  # that of a wrong form, too
        reason = str(error).replace("$", PREFERENCES)
        raise InvalidRequest(f"'{PREFERENCES}' cannot be understood: {reason}.", param=PREFERENCES) from None
    if len({preference.name for preference in told}) < len(told):
        raise InvalidRequest(f"'{PREFERENCES}' has two entries of the same name.", param=PREFERENCES)
    return _preferences([preference.plain() for preference in told], models)


def _preferences(preferences: Sequence[Preference], models: ModelTable) -> Preferences | None:
    kinds = {preference.name: _kind(preference, models) for preference in preferences}
    if not kinds:
        return None
    candidates = tuple(Candidate(told.name, told.description) for told in preferences)
    targets = {full_name(option.target): option.target for kind in kinds.values() for option in kind.options}
    return Preferences(candidates, kinds, targets)


def _kind(preference: Preference, models: ModelTable) -> Kind:
    # Whatever API they speak: what preferences are for can be translated to any.
    options = tuple(Option(name, models.resolve(name, None)) for name in preference.models)
    return Kind(preference.name, options, preference.prefer)


_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=PREFERENCE_NAME_CHARS_MAX)]
_Models = Annotated[list[_Name], msgspec.Meta(min_length=1, max_length=PREFERENCE_MODELS_MAX)]


class _Policy(msgspec.Struct, frozen=True):
    prefer: Literal["cheapest", "fastest", "none", ""] | None = None


class _Inline(msgspec.Struct, frozen=True):
    """A preference as a request writes it: as in the config."""

    name: _Name
    description: Annotated[str, msgspec.Meta(max_length=PREFERENCE_CHARS_MAX)]
    models: _Models
    selection_policy: _Policy | None = None

    def plain(self) -> Preference:
        """The same as a config has it."""
        prefer = self.selection_policy.prefer if self.selection_policy else None
        return Preference(self.name, self.description, tuple(self.models), prefer or "none")


_decode: Final = msgspec.json.Decoder(
    Annotated[list[_Inline], msgspec.Meta(max_length=PREFERENCES_MAX)]
).decode
