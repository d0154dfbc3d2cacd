"""Which listener a conversation goes to."""

import os
from dataclasses import dataclass

from extproc.ctl.failure import Failure
from extproc.ctl.gateway import lock
from extproc.ctl.gateway.record import ListenerRecord, Record
from extproc.ctl.home import Home

_PREFERRED = ("agent", "model")
"""Kinds of listeners, the one that a person most likely means first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask, and what to call it."""

    name: str
    kind: str
    url: str


def running() -> Record:
    """What runs here; raises `Failure` when nothing does."""
    home = Home.of(os.environ)
    record = Record.read(home.record)
    if record is None or record.pid == 0 or not lock.held(home.lock):
        raise Failure("no gateway is running", "planoctl up starts one; --url names one elsewhere")
    return record


def place(record: Record, name: str | None) -> Place:
    """The listener called `name`, else the first of agents, else the first of models."""
    if name is not None:
        found = [listener for listener in record.listeners if listener.name == name]
        if not found:
            names = ", ".join(listener.name for listener in record.listeners)
            raise Failure(f"no listener is called {name}", f"there are: {names}")
        return _place(found[0])
    return first(record, *_PREFERRED)


def first(record: Record, *kinds: str) -> Place:
    """The first listener of the first of `kinds` that there is; raises `Failure` when there is none."""
    for kind in kinds:
        for listener in record.listeners:
            if listener.kind == kind:
                return _place(listener)
    raise Failure(f"the gateway that runs has no listener of type {' or '.join(kinds)}")


def _place(listener: ListenerRecord) -> Place:
    return Place(listener.name, listener.kind, listener.url)
