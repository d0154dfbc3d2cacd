"""What a worker has before it serves: its way out, its memory of conversations, routers that are ready."""

from pathlib import Path

from extproc.config.snapshot import Snapshot
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Routers, Rules
from extproc.outbound.envoy import EnvoyOutbound
from extproc.outbound.port import NoOutbound
from extproc.routers.build import build
from extproc.routers.candidate import Router
from extproc.routers.nobody import Nobody
from extproc.routing.models import ModelTable
from extproc.sessions.store import MemoryStore


def ports_of(snapshot: Snapshot, outbound_socket: Path | None, address: str = "") -> Ports:
    """The same for the life of a worker, which is at `address`. Without a socket, nobody can be called."""
    outbound = EnvoyOutbound(str(outbound_socket.absolute())) if outbound_socket else NoOutbound()
    return Ports(outbound, MemoryStore(snapshot.sessions.entries_max), address=address)


async def rules_of(snapshot: Snapshot, ports: Ports) -> Rules:
    """The rules of `snapshot`, whose routers are ready: the first request does not wait for them to load."""
    embedded = await _embedded(snapshot)
    built = build(snapshot, ModelTable(snapshot), ports.outbound, embedded)
    return Rules.of(snapshot, ports, Routers(built.agents, built.preferences))


async def _embedded(_snapshot: Snapshot) -> Router:
    return Nobody("There is no embedded router.")
