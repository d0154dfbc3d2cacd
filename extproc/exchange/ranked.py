"""A request that may have several attempts: which targets, in which order, what Envoy must know of them.

Envoy makes the attempts by itself (``docs/fallback.md``). The first target gets the request as the exchange
made it; for each further target it is made right by a stream of its own (`twin`).
"""

import asyncio
import time
from typing import Final

from extproc import headers as names
from extproc.dialects.operation import Operation
from extproc.exchange.messages import Attempts, Metadata
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_CLIENTS_API
from extproc.exchange.rules import Rules
from extproc.limits import COOLING_WAIT_S_MAX
from extproc.rewrite.located import Located
from extproc.routing.fallback import Ranking
from extproc.routing.models import Target
from extproc.translation.choice import translatable, upstream_api

_NO_NAME: Final = frozenset({None, "", "none"})

HEADER_KEY: Final = "header:"
"""What begins the metadata keys that keep a client's headers."""


async def rank(
    targets: tuple[Target, ...], operation: Operation, located: Located | None, listener: str, rules: Rules
) -> Ranking | None:
    """The attempts at a request whose choice was `targets`; ``None``: there is one, and nothing to say of it.

    Waits, where every target is cooling down and one will soon be ready.
    """
    first = targets[0]
    if located is None or not first.model:
        return None  # files, batches: what was sent to a provider is there and nowhere else
    policy = rules.fallback.policy(first, several=len(targets) > 1)
    if policy is None:
        return None
    # What cannot be translated goes to the same model elsewhere, never to another one that was not named.
    named = located.model not in _NO_NAME or not translatable(operation)
    others = targets[1:] or rules.fallback.after(first, named=named)
    ready = (first, *(target for target in others if _serves(target, operation)))
    if len(ready) > 1:
        cooled = rules.ports.cooling.order(ready)
        if 0 < cooled.wait_s <= COOLING_WAIT_S_MAX:
            await asyncio.sleep(cooled.wait_s)
        ready = cooled.targets
    ranking = rules.fallback.ranking(ready, policy, listener)
    return ranking if len(ranking.targets) > 1 or policy.limits_attempts else None


def route_headers(ranking: Ranking) -> tuple[tuple[str, bytes], ...]:
    """What makes Envoy take the route of the policy, and go to each target of the list once."""
    retries = len(ranking.targets) - 1
    return ((names.RETRY, ranking.policy.id.encode()), ("x-envoy-max-retries", b"%d" % retries))


def attempts_of(ranking: Ranking) -> Attempts:
    """The list as Envoy needs it."""
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


def told(ranking: Ranking, request: Request) -> Metadata:
    """What further attempts must know of the request, beside its body."""
    kept = {
        f"{HEADER_KEY}{name}": request.headers.text(name)
        for name in OF_THE_CLIENTS_API
        if name in request.headers.values
    }
    return {"retry_policy": ranking.policy.id, "decided_ms": time.time() * 1000, **kept}


def _serves(target: Target, operation: Operation) -> bool:
    profile = target.provider.profile
    return operation.api in profile.apis or upstream_api(operation, profile) is not None
