"""What a worker has before it serves: its way out, its memory of conversations, routers that are ready."""

import logging
import time
from dataclasses import replace
from pathlib import Path

from extproc.config.snapshot import Snapshot
from extproc.embedding.encoder import Encoder
from extproc.embedding.unavailable import EmbeddingUnavailable
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Routers, Rules
from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import NoOutbound
from extproc.routers.build import build, embeddable
from extproc.routers.candidate import Router
from extproc.routers.embedded import EmbeddedRouter
from extproc.routers.nobody import Nobody
from extproc.serving.state import State
from extproc.sessions.store import MemoryStore

log = logging.getLogger(__name__)


def ports_of(
    snapshot: Snapshot, outbound_socket: Path | None, state: State | None = None, address: str = ""
) -> Ports:
    """The same for the life of a worker, which is at `address`.

    Without a socket, nobody can be called. Without `state`, the worker remembers for itself alone, and tells
    nobody.
    """
    outbound = EnvoyOutbound(str(outbound_socket.absolute())) if outbound_socket else NoOutbound()
    if state is None:
        return Ports(outbound, MemoryStore(snapshot.sessions.entries_max), address=address)
    return Ports(
        outbound,
        state.sessions,
        state.reports,
        state.responses,
        cooling=state.cooling,
        address=address,
    )


async def rules_of(snapshot: Snapshot, ports: Ports) -> Rules:
    """The rules of `snapshot`, whose routers are ready: the first request does not wait for them to load."""
    rules = Rules.of(snapshot, ports)
    built = build(snapshot, rules.models, ports.outbound, await _embedded(snapshot))
    return replace(rules, routers=Routers(built.agents, built.preferences))


async def _embedded(snapshot: Snapshot) -> Router:
    """Ready for what the config chooses among; where that is nothing, it loads when a request needs it."""
    to_prepare = tuple(embeddable(snapshot))
    started = time.perf_counter()
    try:
        router = EmbeddedRouter(Encoder(snapshot.router_languages))
        for candidates in to_prepare:
            await router.warm(candidates)
    except EmbeddingUnavailable as error:
        if to_prepare:
            log.warning("the embedded router cannot run: %s", error)
        return Nobody(f"The embedded router cannot run: {error}.")
    if to_prepare:
        log.info("the embedded router is ready after %.2f s", time.perf_counter() - started)
    return router
