"""A request that may have several attempts: which targets, in which order, what Envoy must know of them.

Envoy makes the attempts by itself (``docs/fallback.md``). The first target gets the request as the exchange
made it; for each further target it is made right by a stream of its own (`twin`).
"""

import asyncio
import time
from typing import Final

import msgspec

from extproc import headers as names
from extproc.config.retry import RetryPolicy
from extproc.dialects.operation import Operation
from extproc.exchange.messages import Attempts, Metadata
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_CLIENTS_API
from extproc.exchange.rules import Rules
from extproc.exchange.stream import Stream
from extproc.limits import COOLING_WAIT_S_MAX
from extproc.rewrite.located import Located
from extproc.routing.fallback import FallbackTable, Ranking
from extproc.routing.models import Target
from extproc.translation.choice import translatable, upstream_api

_NO_NAME: Final = frozenset({None, "", "none"})

HEADER_KEY: Final = "header:"
"""What begins the metadata keys that keep a client's headers."""


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """The attempts at a request."""

    targets: tuple[Target, ...]
    """One an attempt."""
    firsts: int
    """How many attempts are the first target's, before the next one's."""
    policy: RetryPolicy
    attempts: Attempts
    """The list as Envoy needs it."""

    @property
    def route_headers(self) -> tuple[tuple[str, bytes], ...]:
        """What makes Envoy take the route of the policy, and go to each target of the list once."""
        retries = len(self.targets) - 1
        return ((names.RETRY, self.policy.id.encode()), ("x-envoy-max-retries", b"%d" % retries))


async def rank(
    stream: Stream,
    targets: tuple[Target, ...],
    operation: Operation,
    located: Located | None,
    listener: str,
    rules: Rules,
) -> Ranked | None:
    """The attempts at a request whose choice was `targets`; ``None``: there is one, and nothing to say of it.

    Waits, where every target is cooling down and one will soon be ready; raises `stream.Overtaken`.
    """
    first, table, cooling = targets[0], rules.fallback, rules.ports.cooling
    if located is None or located.continues or not first.model:
        return None  # files, batches, answers: what a provider keeps is there and nowhere else
    policy = table.policy(first, several=len(targets) > 1)
    if policy is None:
        return None
    # What cannot be translated goes to the same model elsewhere, never to another one that was not named.
    named = located.model not in _NO_NAME or not translatable(operation)
    if len(targets) > 1 or first.provider.wildcard or cooling.any:
        others = targets[1:] or table.after(first, named=named)
        return _ranked(await _ready(stream, (first, *others), operation, rules), policy, listener, table)
    key = (first.provider.name, named, operation.name, listener)
    if key not in rules.ranked:
        able = _able((first, *table.after(first, named=named)), operation)
        rules.ranked[key] = _ranked(able, policy, listener, table)
    return rules.ranked[key]


async def _ready(
    stream: Stream, targets: tuple[Target, ...], operation: Operation, rules: Rules
) -> tuple[Target, ...]:
    able = _able(targets, operation)
    if len(able) == 1:
        return able
    cooled = rules.ports.cooling.order(able)
    if 0 < cooled.wait_s <= COOLING_WAIT_S_MAX:
        await stream.meanwhile(asyncio.sleep(cooled.wait_s))
    return cooled.targets


def _able(targets: tuple[Target, ...], operation: Operation) -> tuple[Target, ...]:
    """Those that can serve `operation`, in its own API or by a translation; the first one was chosen so."""
    return (targets[0], *(target for target in targets[1:] if _serves(target, operation)))


def _serves(target: Target, operation: Operation) -> bool:
    profile = target.provider.profile
    return operation.api in profile.apis or upstream_api(operation, profile) is not None


def _ranked(
    targets: tuple[Target, ...], policy: RetryPolicy, listener: str, table: FallbackTable
) -> Ranked | None:
    ranking = table.ranking(targets, policy, listener)
    if len(ranking.targets) == 1 and not policy.limits_attempts:
        return None
    return Ranked(ranking.targets, ranking.firsts, policy, _attempts(ranking))


def _attempts(ranking: Ranking) -> Attempts:
    targets, firsts = ranking.targets, ranking.firsts
    upstreams = [target.provider.upstream for target in targets]
    return Attempts(
        clusters=tuple(
            upstream.first_cluster if index < firsts else upstream.twin_cluster
            for index, upstream in enumerate(upstreams)
        ),
        names=tuple(f"{target.provider.prefix}/{target.model}" for target in targets),
        providers=tuple(target.provider.name for target in targets),
        models=tuple(target.model for target in targets),
    )


def told_of(ranked: Ranked, request: Request) -> Metadata:
    """What further attempts must know of the request, beside its body."""
    kept = {
        f"{HEADER_KEY}{name}": request.headers.text(name)
        for name in OF_THE_CLIENTS_API
        if name in request.headers.values
    }
    return {
        "retry_policy": ranked.policy.id,
        "decided_ms": time.time() * 1000,
        "tried": ranked.attempts.names[0],
        **kept,
    }
