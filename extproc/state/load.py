"""What goes on, as values; the fields are those of ``plano.state.v1.Picture``, which explains them."""

import msgspec


class Load(msgspec.Struct):
    """What somebody who answers requests has to do."""

    name: str
    in_flight: int = 0
    turns: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    last: float = 0.0


class Cooling(msgspec.Struct):
    """A target that is left alone for a while."""

    target: str
    left_seconds: float = 0.0


class Reporter(msgspec.Struct):
    """A process that tells of its exchanges."""

    name: str
    waiting: int = 0
    dropped: int = 0
    lookups_failed: int = 0
    at: float = 0.0
    coolings: list[Cooling] = []


class AccessLog(msgspec.Struct):
    """How Envoy's access log fares."""

    streams: int = 0
    entries: int = 0
    unannounced: int = 0


class StoreHealth(msgspec.Struct):
    """How a store fares."""

    type: str
    kinds: list[str] = []
    healthy: bool = True
    problem: str = ""
    failures: int = 0


class Picture(msgspec.Struct):
    """All of it."""

    at: float
    started: float
    version: str
    in_flight: int = 0
    agents: list[Load] = []
    providers: list[Load] = []
    models: list[Load] = []
    reporters: list[Reporter] = []
    access_log: AccessLog = msgspec.field(default_factory=AccessLog)
    stores: list[StoreHealth] = []
    turns_lost: int = 0
