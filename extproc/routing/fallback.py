"""Which targets a request has beside its first one: worked out when the config loads.

    the first target's provider has              the next ones are
    fallback_models                              those
    same_model                                   itself again
    same_provider                                the other models of its provider
    different_provider                           the same model at other providers, then other models there
    nothing, but overrides.fallback is auto      the same model at other providers; then, where the request
                                                 named no model, all others
    nothing                                      none

All in the config's order. Wildcards are asked for the same model only, and only where their catalogue has it.
A router model that nothing else names is in no list but `fallback_models`: it may be able to do nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from extproc.config.retry import RetryPolicy
from extproc.config.snapshot import Provider, Snapshot
from extproc.errors import GatewayError
from extproc.limits import ATTEMPTS_MAX
from extproc.providers.catalogue import known_models
from extproc.routing.models import ModelTable, Target

_DEFAULT: Final = RetryPolicy()
_AGAIN: Final = 2
"""Attempts at the same model where the policy gives no number."""


class Ranking(msgspec.Struct, frozen=True, gc=False):
    """The targets of one request, an entry an attempt."""

    targets: tuple[Target, ...]
    firsts: int
    """How many attempts are the first target's, before the next one's."""


class FallbackTable:
    """What one snapshot says of second choices."""

    def __init__(self, snapshot: Snapshot, models: ModelTable) -> None:
        self.policies: Mapping[str, RetryPolicy] = {policy.id: policy for policy in snapshot.retry_policies}
        self._providers = {provider.name: provider for provider in snapshot.providers}
        self._auto = snapshot.fallback == "auto"
        self._retries = {listener.name: listener.max_retries for listener in snapshot.listeners}
        self._listed = {
            provider.name: tuple(models.resolve(name, None) for name in provider.retry_policy.fallback_models)
            for provider in snapshot.providers
            if provider.retry_policy
        }
        routers = _routers(snapshot, models)
        answering = [provider for provider in snapshot.providers if provider.name not in routers]
        self._entries = [Target(provider, provider.model) for provider in answering if not provider.wildcard]
        self._by_model = _by_model(answering) if snapshot.retries_elsewhere else {}
        self._known = {
            (target.provider.name, named): self._after(target, named=named)
            for target in self._entries
            for named in (True, False)
        }

    def provider(self, name: str) -> Provider | None:
        """The provider with this configured name."""
        return self._providers.get(name)

    def policy(self, first: Target, *, several: bool) -> RetryPolicy | None:
        """The policy of a request to `first`, which has `several` targets; ``None``: nothing is retried."""
        return first.provider.retry_policy or (_DEFAULT if several or self._auto else None)

    def after(self, first: Target, *, named: bool) -> tuple[Target, ...]:
        """The targets after `first`, each once; `named`: the client asked for a model by name."""
        known = None if first.provider.wildcard else self._known.get((first.provider.name, named))
        return self._after(first, named=named) if known is None else known

    def ranking(self, targets: tuple[Target, ...], policy: RetryPolicy, listener: str) -> Ranking:
        """The attempts at `targets`, the listener's retries at the same target among them."""
        each = 1 + self._retries.get(listener, 0)
        if policy.stays and len(targets) == 1:
            each = max(each, policy.max_attempts or _AGAIN)
        most = min(policy.max_attempts or ATTEMPTS_MAX, ATTEMPTS_MAX)
        attempts = tuple(target for target in targets for _ in range(each))[:most]
        return Ranking(attempts, min(each, most))

    def _after(self, first: Target, *, named: bool) -> tuple[Target, ...]:
        return tuple(_distinct(first, self._candidates(first, named=named)))[: ATTEMPTS_MAX - 1]

    def _candidates(self, first: Target, *, named: bool) -> Iterator[Target]:
        policy, prefix = first.provider.retry_policy, first.provider.prefix
        if listed := self._listed.get(first.provider.name):
            yield from listed
        elif policy and policy.strategy:
            if policy.strategy == "same_provider":
                yield from (target for target in self._entries if target.provider.prefix == prefix)
            elif policy.strategy == "different_provider":
                candidates = (*self._by_model.get(first.model, ()), *self._entries)
                yield from (target for target in candidates if target.provider.prefix != prefix)
        elif self._auto:
            yield from self._by_model.get(first.model, ())
            yield from () if named else self._entries


def _distinct(first: Target, candidates: Iterable[Target]) -> Iterator[Target]:
    """Two entries may be one model at one place: a failure of the one is a failure of the other."""
    seen = {_place(first)}
    for target in candidates:
        if (place := _place(target)) not in seen:
            seen.add(place)
            yield target


def _place(target: Target) -> tuple[str, str | None, str]:
    provider = target.provider
    return (provider.upstream.cluster, provider.base_path, target.model)


def _routers(snapshot: Snapshot, models: ModelTable) -> frozenset[str]:
    """Entries, by name, that ``overrides`` alone names: no default, preference, alias or policy does."""
    asked = snapshot.router_models
    choosing = {name for name in (asked.agents, asked.preferences) if name is not None}
    if not choosing:
        return frozenset()
    answering = {
        None,  # the default
        *(name for preference in snapshot.preferences for name in preference.models),
        *(target for alias, target in snapshot.aliases.items() if alias not in choosing),
        *(name for policy in snapshot.retry_policies for name in policy.fallback_models),
    }
    return _entries_of(choosing, models) - _entries_of(answering, models)


def _entries_of(names: Iterable[str | None], models: ModelTable) -> frozenset[str]:
    """The entries that have these models; a wildcard has others, too, and is left out."""
    found = (_provider_of(name, models) for name in names)
    return frozenset(provider.name for provider in found if provider and not provider.wildcard)


def _provider_of(name: str | None, models: ModelTable) -> Provider | None:
    try:
        return models.resolve(name, None).provider
    except GatewayError:
        return None


def _by_model(providers: Iterable[Provider]) -> Mapping[str, tuple[Target, ...]]:
    """Who has a model, by its bare id."""
    found: dict[str, list[Target]] = {}
    for provider in providers:
        models = known_models(provider.profile.catalogue or "") if provider.wildcard else (provider.model,)
        for model in models:
            found.setdefault(model, []).append(Target(provider, model))
    return {model: tuple(targets) for model, targets in found.items()}
