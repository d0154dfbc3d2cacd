"""What an exchange needs of the configuration, computed once when it loads."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from extproc.config.snapshot import Snapshot
from extproc.routing.models import ModelTable


@dataclass(frozen=True, slots=True)
class Rules:
    """A snapshot and the tables made from it. An exchange keeps the rules it began with to its end."""

    snapshot: Snapshot
    models: ModelTable
    body_bytes_max: Mapping[str, int]
    """``max_body_bytes`` by the name of the listener."""
    health: bytes
    """Body of ``GET /healthz``."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Rules":
        """Compute the tables."""
        limits = {listener.name: listener.max_body_bytes for listener in snapshot.listeners}
        health = {"status": "ok", "config": {"generation": snapshot.generation, "error": None}}
        return cls(snapshot, ModelTable(snapshot), limits, msgspec.json.encode(health))
