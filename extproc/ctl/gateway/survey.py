"""Everything that can be told of a gateway now: asked of its files, its processes and its listeners."""

import asyncio
import time
from typing import Any

import httpx
import msgspec

from extproc.ctl.gateway import lock
from extproc.ctl.gateway.drain import active_requests
from extproc.ctl.gateway.health import Health, check_all, client
from extproc.ctl.gateway.record import ChildRecord, ListenerRecord, Record, children
from extproc.ctl.home import Home
from extproc.state.load import Picture


class Survey(msgspec.Struct, frozen=True):
    """One look."""

    record: Record
    programs: tuple[ChildRecord, ...]
    workers: tuple[ChildRecord, ...]
    healths: tuple[Health, ...]
    """Of `record.listeners`, in their order."""
    requests: int | None
    """In flight; ``None`` when Envoy does not tell."""
    now: float
    picture: Picture | None = None
    """What plano-state sees; ``None``: it does not answer."""

    @property
    def serving(self) -> bool:
        """Whether every listener takes requests."""
        return all(health.serving for health in self.healths)

    def as_json(self) -> dict[str, Any]:
        """For programs; the keys are part of the interface."""
        return {
            "running": True,
            "serving": self.serving,
            "pid": self.record.pid,
            "started": self.record.started,
            "version": self.record.version,
            "config": self.record.config,
            "requests_in_flight": self.requests,
            "state": msgspec.to_builtins(self.picture),
            "state_api": f"http://127.0.0.1:{self.record.state_port}" if self.record.state_port else None,
            "processes": [msgspec.structs.asdict(child) for child in self.programs],
            "workers": [msgspec.structs.asdict(child) for child in self.workers],
            "listeners": [
                _listener(listener, health)
                for listener, health in zip(self.record.listeners, self.healths, strict=True)
            ],
        }


def _listener(listener: ListenerRecord, health: Health) -> dict[str, Any]:
    return {
        "name": listener.name,
        "kind": listener.kind,
        "url": listener.url,
        "address": listener.address,
        "port": listener.port,
        "serving": health.serving,
        "status": health.status,
        "problem": health.problem,
        "config": {"generation": health.generation, "error": health.config_error},
    }


def survey(home: Home) -> Survey | None:
    """``None`` when no gateway of this home runs."""
    record = Record.read(home.record)
    if record is None or record.pid == 0 or not lock.held(home.lock):
        return None
    healths, requests, picture = asyncio.run(_ask(record))
    workers = record.worker_states()
    return Survey(record, children(home.children), workers, healths, requests, time.time(), picture)


async def _ask(record: Record) -> tuple[tuple[Health, ...], int | None, Picture | None]:
    async with client() as asking:
        healths = await check_all(asking, record.listeners)
        picture = await _picture(asking, record.state_port)
    # Afterwards: the questions themselves would be counted.
    return healths, await _requests(record.admin_port), picture


async def _picture(asking: httpx.AsyncClient, port: int) -> Picture | None:
    try:
        answer = await asking.get(f"http://127.0.0.1:{port}/v1/picture")
        return msgspec.json.decode(answer.content, type=Picture)
    except (httpx.HTTPError, msgspec.DecodeError):
        return None


async def _requests(admin_port: int) -> int | None:
    try:
        return await active_requests(admin_port)
    except OSError:
        return None
