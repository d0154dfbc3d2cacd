"""How much of each kind is kept."""

from collections.abc import Mapping
from typing import Final

import msgspec

from extproc.config.snapshot import Snapshot
from extproc.limits import (
    STATE_BYTES_PER_KIND_MAX,
    STATE_CONVERSATIONS_MAX,
    STATE_ENTRIES_MAX,
    STATE_RESPONSES_MAX,
    STATE_TURNS_MAX,
)
from extproc.state.store import CONVERSATION, RESPONSE, SESSION, TURN


class Room(msgspec.Struct, frozen=True):
    """The room of one kind."""

    entries_max: int = STATE_ENTRIES_MAX
    bytes_max: int = STATE_BYTES_PER_KIND_MAX
    """Of values. The newest entry is kept even where it has more by itself."""


ROOM: Final = Room()
"""Of a kind that no table names."""

Rooms = Mapping[str, Room]


def rooms(snapshot: Snapshot) -> Rooms:
    """By kind."""
    return {
        SESSION: Room(snapshot.sessions.entries_max),
        RESPONSE: Room(STATE_RESPONSES_MAX),
        CONVERSATION: Room(STATE_CONVERSATIONS_MAX),
        TURN: Room(STATE_TURNS_MAX),
    }
