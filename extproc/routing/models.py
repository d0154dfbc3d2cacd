"""Which provider answers for which model: every name a client may send, worked out when the config loads.

    the client asks for            answer
    an alias                       its target, one step
    provider/model, entry's name   that entry
    the bare model id              the entry that has it; of several, the default provider's, else the first
    p/x under p/*                  passes, known or not
    x alone under p/*              only if the catalogue of p knows it
    nothing, "", "none"            the default entry, else the first
    anything else                  ModelNotFound

Where the request cannot be translated, one that speaks the called API is preferred. An alias stands before
all other names, so that it can redirect a name that is also a model's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from extproc import limits
from extproc.config.snapshot import Provider, Snapshot
from extproc.dialects.api import Api
from extproc.errors import ModelNotFound
from extproc.providers.catalogue import known_models
from extproc.routing import refusals

_NO_NAME: Final = frozenset({None, "", "none"})


class Target(msgspec.Struct, frozen=True, gc=False):
    """A provider, and the id of the model that is asked of it; empty where a request has no model."""

    provider: Provider
    model: str


class ModelEntry(msgspec.Struct, frozen=True, gc=False):
    """A line of ``/v1/models``: an id that a client may send, and who serves it."""

    id: str
    owned_by: str


Names = dict[str, tuple[Target, ...]]
"""Name → the targets it may mean, the preferred one first."""


class ModelTable:
    """The names of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        providers = _by_preference(snapshot.providers)
        entries = [Target(provider, provider.model) for provider in providers if not provider.wildcard]
        self._wildcards = _first_by_prefix(provider for provider in providers if provider.wildcard)
        configured = _configured_names(entries)
        self._names: Names = {**_known_names(self._wildcards), **configured}
        aliases = self._alias_names(snapshot.aliases)
        self._names = {**self._names, **aliases}
        self._suggestible = list(configured | aliases)
        self._defaults = tuple(entries)
        self._providers = tuple(Target(provider, "") for provider in providers)
        self._listing = {entry.id: entry for entry in _listing(snapshot.providers)}

    def resolve(self, name: str | None, api: Api | None) -> Target:
        """The target for a request to `api` that names the model `name`; ``None``: whatever API it speaks.

        Raises `ModelNotFound`; `UnsupportedApi` when none that has the model speaks `api`; `InvalidRequest`
        when there is no name and nothing to take its place.
        """
        if name in _NO_NAME:
            if not self._defaults:
                raise refusals.no_default(list(self._wildcards))
            return _speaking(self._defaults, api)
        assert name
        candidates = self._lookup(name)
        if not candidates:
            raise self.not_found(name)
        return _speaking(candidates, api)

    def any_provider(self, api: Api) -> Target:
        """The target for an operation that has no model (files, batches), or has a default of its own for it.

        Raises `UnsupportedApi`, or `InvalidRequest` where there is no provider at all.
        """
        if not self._providers:
            raise refusals.no_default([])
        return _speaking(self._providers, api)

    def listing(self) -> tuple[ModelEntry, ...]:
        """What ``GET /v1/models`` shows: configured models in their order, then known ones of wildcards."""
        return tuple(self._listing.values())

    def find(self, name: str) -> ModelEntry | None:
        """What ``GET /v1/models/{id}`` shows: a listed id, or another name of a model that is known."""
        listed = self._listing.get(name)
        if listed or name not in self._names:
            return listed
        return ModelEntry(name, self._names[name][0].provider.profile.display)

    def not_found(self, name: str) -> ModelNotFound:
        """The refusal of an unknown name, with the configured ones that are like it."""
        return refusals.model_not_found(name, self._suggestible, list(self._wildcards))

    def _lookup(self, name: str) -> tuple[Target, ...]:
        if len(name) > limits.MODEL_NAME_CHARS_MAX:
            return ()
        if targets := self._names.get(name):
            return targets
        prefix, _, model = name.partition("/")
        provider = self._wildcards.get(prefix)
        if provider is None or model in ("", "*") or not model.isprintable():
            return ()
        return (Target(provider, model),)

    def _alias_names(self, aliases: Mapping[str, str]) -> Names:
        """An alias of something that is not there is left out: it is an unknown name."""
        targets = {alias: self._lookup(target) for alias, target in aliases.items()}
        return {alias: found for alias, found in targets.items() if found}


def _by_preference(providers: Iterable[Provider]) -> list[Provider]:
    """The default entry, the other entries of its provider, then the rest, each in the config's order."""
    ordered = sorted(providers, key=lambda provider: not provider.default)
    default = ordered[0].prefix if ordered and ordered[0].default else None
    return sorted(ordered, key=lambda provider: provider.prefix != default)


def _first_by_prefix(providers: Iterable[Provider]) -> Mapping[str, Provider]:
    first: dict[str, Provider] = {}
    for provider in providers:
        first.setdefault(provider.prefix, provider)
    return first


def _configured_names(entries: Sequence[Target]) -> Names:
    """Full names, then the entries' own, then bare ids; a name of an earlier kind hides a later one."""
    names: Names = {}
    for name_of in (
        lambda target: f"{target.provider.prefix}/{target.model}",
        lambda target: target.provider.name,
        lambda target: target.model,
    ):
        kind: Names = {}
        for target in entries:
            kind[name_of(target)] = (*kind.get(name_of(target), ()), target)
        names = kind | names
    return names


def _known_names(wildcards: Mapping[str, Provider]) -> Names:
    """Bare ids that the catalogues of wildcards know, but for those that another wildcard's prefix claims."""
    names: Names = {}
    for provider in wildcards.values():
        for model in known_models(provider.profile.catalogue or ""):
            if model.partition("/")[0] not in wildcards:
                names[model] = (*names.get(model, ()), Target(provider, model))
    return names


def _listing(providers: Sequence[Provider]) -> Iterator[ModelEntry]:
    taken = {f"{provider.prefix}/{provider.model}" for provider in providers}
    for provider in providers:
        if not provider.wildcard:
            yield ModelEntry(provider.name, provider.profile.display)
    for provider in providers:
        if provider.wildcard:
            for model in known_models(provider.profile.catalogue or ""):
                if (name := f"{provider.prefix}/{model}") not in taken:
                    yield ModelEntry(name, provider.profile.display)


def _speaking(candidates: Sequence[Target], api: Api | None) -> Target:
    if api is None:
        return candidates[0]
    for candidate in candidates:
        if api in candidate.provider.profile.apis:
            return candidate
    raise refusals.unsupported_api(api, candidates[0].provider, candidates[0].model)
