"""Turns that have ended, the newest first."""

import asyncio
from typing import Annotated

import msgspec

from extproc.limits import STATE_TURNS_LISTED, STATE_TURNS_LISTED_MAX, STATE_TURNS_MAX
from extproc.state.store import TURN, Entry, Store
from extproc.state.turn import Turn, decode


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which turns; what is not said leaves none out. Fields as in ``plano.state.v1.ListTurnsRequest``."""

    limit: Annotated[int, msgspec.Meta(ge=0)] = 0
    since: float = 0.0
    tenant: str | None = None
    conversation: str = ""
    provider: str = ""
    model: str = ""
    agent: str = ""
    failed: bool = False

    @property
    def picky(self) -> bool:
        """Whether the store alone cannot tell."""
        return bool(self.conversation or self.provider or self.model or self.agent or self.failed)

    def fits(self, turn: Turn) -> bool:
        """Whether it is one of them, beyond time and tenant."""
        return (
            self.conversation in ("", turn.conversation)
            and self.provider in ("", turn.provider)
            and self.model in ("", turn.model)
            and (not self.agent or self.agent in turn.agents)
            and (turn.failed or not self.failed)
        )


async def listed(store: Store, wanted: Wanted) -> list[Turn]:
    """The turns; raises `StoreUnavailable`."""
    limit = min(wanted.limit or STATE_TURNS_LISTED, STATE_TURNS_LISTED_MAX)
    looked_at = STATE_TURNS_MAX if wanted.picky else limit
    entries = await store.newest(TURN, wanted.tenant, wanted.since, looked_at)
    if len(entries) > STATE_TURNS_LISTED_MAX:
        return await asyncio.to_thread(_fitting, entries, wanted, limit)
    return _fitting(entries, wanted, limit)


def _fitting(entries: list[Entry], wanted: Wanted, limit: int) -> list[Turn]:
    found: list[Turn] = []
    for entry in entries:
        turn = decode(entry.value)
        if turn is not None and wanted.fits(turn):
            found.append(turn)
            if len(found) == limit:
                break
    return found
