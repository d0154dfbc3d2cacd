"""Which provider and model a request's ``model`` means: tables made once, looked up for each request.

The order of the rules is that of `ModelTable.resolve`. Several providers may offer one bare id; then the one
marked default comes first, else the config's order counts, and one that speaks the API that was called goes
before one that does not.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

import msgspec

from extproc.config.snapshot import Provider, Snapshot
from extproc.dialects.api import Api
from extproc.errors import InvalidRequest, ModelNotFound, UnsupportedApi
from extproc.limits import MODEL_NAME_CHARS_MAX
from extproc.providers.catalogue import known_models

UNNAMED: Final = frozenset({"", "none"})
"""Values of ``model`` that mean the default (Plano's clients send ``none``)."""

_PATHS: Final = {
    Api.CHAT: "/v1/chat/completions",
    Api.RESPONSES: "/v1/responses",
    Api.MESSAGES: "/v1/messages",
}


class Target(msgspec.Struct, frozen=True, gc=False):
    """A provider, and the id it knows the model by."""

    provider: Provider
    model: str


class ModelEntry(msgspec.Struct, frozen=True, gc=False):
    """A row of ``/v1/models``."""

    id: str
    """What a client may send as ``model``."""
    owned_by: str


class ModelTable:
    """Every lookup that a snapshot's providers and aliases allow."""

    def __init__(self, snapshot: Snapshot) -> None:
        # The default first, so that it is the first of the candidates for any name.
        providers = sorted(snapshot.providers, key=lambda provider: not provider.default)
        self._aliases = dict(snapshot.aliases)
        self._exact = _exact(providers)
        self._wildcards = {p.prefix: p for p in reversed(providers) if p.wildcard}
        self._bare = _bare(providers)
        self._named = tuple(Target(p, p.model) for p in providers if not (p.wildcard or p.internal))
        self._providers = tuple(p for p in providers if not p.internal)
        self._entries = {entry.id: entry for entry in _entries(snapshot.providers)}

    def resolve(self, name: str | None, api: Api) -> Target:
        """The target of a request that names `name`; raises `ModelNotFound` or `InvalidRequest`.

        An alias stands for its target, once. Then: a configured name or ``provider/model``; any model of a
        provider configured as ``provider/*``; a bare id that is configured, or that the catalogue of a
        wildcard provider knows. No name, ``""`` and ``"none"`` mean the default.
        """
        if name is None or name in UNNAMED:
            return _speaking(api, self._defaults())
        candidates = self._candidates(self._aliases.get(name, name))
        if not candidates:
            raise ModelNotFound(self._not_found(name), param="model")
        return _speaking(api, candidates)

    def any_provider(self, api: Api) -> Target:
        """For a request that needs no model (files, batches): the default provider that speaks `api`."""
        if not self._providers:
            raise InvalidRequest("No provider is configured.")
        return _speaking(api, [Target(provider, provider.model) for provider in self._providers])

    def listing(self) -> tuple[ModelEntry, ...]:
        """Configured models in the config's order, then the known models of wildcards; each id once."""
        return tuple(self._entries.values())

    def find(self, name: str) -> ModelEntry | None:
        """The entry a client may ask for by `name`; of an alias or a bare id, that of its target."""
        entry = self._entries.get(name)
        if entry is None and (candidates := self._candidates(self._aliases.get(name, name))):
            return ModelEntry(name, candidates[0].provider.profile.display)
        return entry

    def _defaults(self) -> tuple[Target, ...]:
        if not self._named:
            wild = "every provider here offers all of its models"
            reason = wild if self._providers else "no provider is configured"
            raise InvalidRequest(f"Name a model: there is no default, {reason}.", param="model")
        return self._named

    def _candidates(self, name: str) -> tuple[Target, ...]:
        if found := self._exact.get(name):
            return found
        prefix, slash, model = name.partition("/")
        if slash and model and (wildcard := self._wildcards.get(prefix)):
            return (Target(wildcard, model),)
        return self._bare.get(name, ())

    def _not_found(self, name: str) -> str:
        shown = name if len(name) <= MODEL_NAME_CHARS_MAX else f"{name[:MODEL_NAME_CHARS_MAX]}…"
        known = [*self._aliases, *self._exact, *self._bare]
        near = get_close_matches(shown, known, n=3, cutoff=0.5)
        hint = f" Close to it: {', '.join(near)}." if near else " GET /v1/models lists what there is."
        return f"The model '{shown}' is not configured.{hint}"


def _exact(providers: Iterable[Provider]) -> Mapping[str, tuple[Target, ...]]:
    table: dict[str, tuple[Target, ...]] = {}
    for provider in providers:
        if not provider.wildcard:
            target = Target(provider, provider.model)
            for name in dict.fromkeys((provider.name, f"{provider.prefix}/{provider.model}")):
                table[name] = (*table.get(name, ()), target)
    return table


def _bare(providers: Iterable[Provider]) -> Mapping[str, tuple[Target, ...]]:
    """Bare ids: the configured ones, then those that a wildcard provider is known to have."""
    configured: dict[str, tuple[Target, ...]] = {}
    known: dict[str, tuple[Target, ...]] = {}
    for provider in providers:
        table, models = (known, _known(provider)) if provider.wildcard else (configured, (provider.model,))
        for model in models:
            table[model] = (*table.get(model, ()), Target(provider, model))
    return known | configured


def _known(provider: Provider) -> tuple[str, ...]:
    catalogue = provider.profile.catalogue
    return known_models(catalogue) if catalogue else ()


def _entries(providers: Iterable[Provider]) -> Iterable[ModelEntry]:
    listed = [provider for provider in providers if not provider.internal]
    named = {provider.name for provider in listed} | {f"{p.prefix}/{p.model}" for p in listed}
    for provider in listed:
        if not provider.wildcard:
            yield ModelEntry(provider.name, provider.profile.display)
    for provider in listed:
        if provider.wildcard:
            for model in _known(provider):
                if (name := f"{provider.prefix}/{model}") not in named:
                    yield ModelEntry(name, provider.profile.display)


def _speaking(api: Api, candidates: Iterable[Target]) -> Target:
    """The first that speaks `api`; the error names what the first does speak."""
    first: Target | None = None
    for target in candidates:
        if api in target.provider.profile.apis:
            return target
        first = first or target
    assert first is not None
    spoken = [_PATHS[other] for other in _PATHS if other in first.provider.profile.apis]
    raise UnsupportedApi(
        f"The provider {first.provider.name} does not speak the API that was called;"
        f" call {' or '.join(spoken) or 'another provider'} for it.",
        param="model",
    )
