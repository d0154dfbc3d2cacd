"""What a worker has before it serves: its way out, its memory of conversations, routers that are ready."""

import asyncio
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


class Embedded:
    """The embedded router, which is kept from config to config: it loads once, and remembers texts."""

    def __init__(self) -> None:
        self._router: EmbeddedRouter | None = None
        self._languages: str | None = None

    def speaking(self, snapshot: Snapshot) -> EmbeddedRouter:
        """The one for the languages of `snapshot`. Raises `EmbeddingUnavailable`."""
        if self._router is None or snapshot.router_languages != self._languages:
            self._router = EmbeddedRouter(Encoder(snapshot.router_languages))
            self._languages = snapshot.router_languages
        return self._router


async def rules_of(snapshot: Snapshot, ports: Ports, embedded: Embedded | None = None) -> Rules:
    """The rules of `snapshot`, whose routers are ready: the first request does not wait for them to load."""
    rules = await asyncio.to_thread(Rules.of, snapshot, ports)
    router = await _ready(snapshot, embedded or Embedded())
    built = build(snapshot, rules.models, ports.outbound, router)
    return replace(rules, routers=Routers(built.agents, built.preferences))


async def _ready(snapshot: Snapshot, embedded: Embedded) -> Router:
    """Ready for what the config chooses among; where that is nothing, it loads when a request needs it."""
    to_prepare = tuple(embeddable(snapshot))
    started = time.perf_counter()
    try:
        router = embedded.speaking(snapshot)
        for candidates in to_prepare:
            await router.warm(candidates)
    except EmbeddingUnavailable as error:
        if to_prepare:
            log.warning("the embedded router cannot run: %s", error)
        return Nobody(f"The embedded router cannot run: {error}.")
    if to_prepare:
        log.info("the embedded router is ready after %.2f s", time.perf_counter() - started)
    return router
