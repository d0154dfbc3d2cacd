"""What an exchange reaches outside itself, each by an interface: the tests put their own in its place."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from extproc.conversations.store import MemoryResponses, ResponseStore
from extproc.exchange.originals import Originals
from extproc.exchange.reports import NoReports, Reports
from extproc.limits import SESSIONS_MAX
from extproc.outbound.port import NoOutbound, Outbound
from extproc.routing.cooling import Cooling
from extproc.sessions.store import MemoryStore, SessionStore


@dataclass(frozen=True, slots=True)
class Ports:
    """The same for the life of a worker, whatever config is in force."""

    outbound: Outbound = field(default_factory=NoOutbound)
    """Envoy's clusters: router models, agents in the middle of a chain."""
    sessions: SessionStore = field(default_factory=lambda: MemoryStore(SESSIONS_MAX))
    """What is remembered of conversations."""
    reports: Reports = field(default_factory=NoReports)
    """Who is told of exchanges."""
    responses: ResponseStore = field(default_factory=MemoryResponses)
    """Answers of the Responses API, where their state is ours."""
    clock: Callable[[], float] = time.time
    """Unix time, seconds."""
    cooling: Cooling = field(default_factory=Cooling)
    """Targets that asked for a pause."""
    originals: Originals = field(default_factory=Originals)
    """Requests that may have to be translated a second time."""
    address: str = ""
    """The worker's socket, as Envoy knows it: where further attempts at its exchanges find it."""
