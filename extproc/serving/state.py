"""A worker's end of the state service, where there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extproc.config.snapshot import Snapshot
from extproc.conversations.store import ResponseStore
from extproc.routing.cooling import Cooling
from extproc.sessions.store import SessionStore

if TYPE_CHECKING:
    from extproc.stateclient.queue import EventQueue


@dataclass(frozen=True, slots=True)
class State:
    """What its exchanges have of it."""

    sessions: SessionStore
    responses: ResponseStore
    reports: "EventQueue"
    cooling: Cooling
    """Which it is told of, too."""

    def go_by(self, snapshot: Snapshot) -> None:
        """Another config is in force."""
        self.reports.take_tenants_from(snapshot.tenant_header)


@asynccontextmanager
async def state_of(snapshot: Snapshot, socket: Path | None, name: str) -> AsyncIterator[State | None]:
    """The service on `socket`, while the context lasts; at its end, what is left to tell is told.

    It need not be there. ``None``: no socket was given. `name` is what the worker calls itself.
    """
    if socket is None:
        yield None
        return
    # gRPC takes time and memory, and threads: for those that need it.
    from extproc.stateclient.client import StateClient  # noqa: PLC0415  see above
    from extproc.stateclient.queue import EventQueue  # noqa: PLC0415  see above
    from extproc.stateclient.responses import StateResponses  # noqa: PLC0415  see above
    from extproc.stateclient.sessions import StateSessions  # noqa: PLC0415  see above

    client = StateClient(socket)
    sessions = StateSessions(client)
    cooling = Cooling()
    queue = EventQueue(
        client.report,
        name,
        tenant_header=snapshot.tenant_header,
        lookups_failed=lambda: sessions.failed,
        coolings=cooling.left,
    )
    telling = asyncio.create_task(queue.run())
    try:
        yield State(sessions, StateResponses(client), queue, cooling)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await asyncio.gather(queue.close(), sessions.close(), return_exceptions=True)
        await client.close()
