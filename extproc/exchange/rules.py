"""What an exchange needs of the configuration, computed once when it loads."""

from dataclasses import dataclass

import msgspec

from extproc.config.snapshot import Snapshot
from extproc.routing.models import ModelTable


@dataclass(frozen=True, slots=True)
class Rules:
    """A snapshot and the tables made from it. An exchange keeps the rules it began with to its end."""

    snapshot: Snapshot
    models: ModelTable
    health: bytes
    """Body of ``GET /healthz``."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Rules":
        """Compute the tables."""
        health = {"status": "ok", "config": {"generation": snapshot.generation, "error": None}}
        return cls(snapshot, ModelTable(snapshot), msgspec.json.encode(health))
