"""The shape of one row of `extproc.providers.quirks`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from extproc.dialects.api import Api


class Basis(StrEnum):
    """What a row rests on, so that a reader knows which to doubt first."""

    DOCUMENTED = "documented"
    """The provider says so."""
    REPORTED = "reported"
    """Users were refused without it."""
    BELIEVED = "believed"
    """Nobody was asked; it costs little if it is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """Holds for requests to one of `providers` in `api`, for the models that it is said of.

    Models are told by the beginning of their name, without what stands before its last slash.
    """

    why: str
    basis: Basis
    api: Api
    providers: frozenset[str] = frozenset()
    """Profile ids; empty: all."""
    models: tuple[str, ...] = ("",)
    except_models: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    """Fields that are refused; leaving them out is told as a loss."""
    sets: Mapping[str, Any] = field(default_factory=dict)
    """Fields that must have this value."""
    fills: Mapping[str, Any] = field(default_factory=dict)
    """Fields that must be there: their value where the request has none."""
    efforts: Mapping[str, str] = field(default_factory=dict)
    """Values of ``reasoning_effort`` that are known by another name."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Roles of messages that are unknown, and what takes their place."""
    message_drops: frozenset[str] = frozenset()
    """Fields of messages that are refused; told as a loss too."""
    refusals_said: bool = False
    """``refusal`` is unknown: what it says becomes content."""
    calls_with_thought: bool = False
    """A message with tool calls must have ``reasoning_content``, be it empty."""
    call_fills: Mapping[str, Any] = field(default_factory=dict)
    """Fields that each tool call must have."""

    def holds(self, provider: str, api: Api, model: str) -> bool:
        """Whether it is said of `model` at the provider called `provider`."""
        if api is not self.api or (self.providers and provider not in self.providers):
            return False
        name = model.rpartition("/")[2].removeprefix("ft:")
        return name.startswith(self.models) and not (
            self.except_models and name.startswith(self.except_models)
        )
