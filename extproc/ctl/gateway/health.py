"""Asking a listener whether it serves."""

import asyncio
from dataclasses import dataclass

import httpx
import msgspec

from extproc.ctl.gateway.record import ListenerRecord

TIMEOUT_S = 2.0
"""An answer takes a millisecond; a listener that needs longer does not serve."""


@dataclass(frozen=True, slots=True)
class Health:
    """What ``GET /healthz`` said."""

    status: int | None = None
    """``None``: no answer."""
    generation: int | None = None
    config_error: str | None = None
    """Why the latest config was rejected, while an older one is in force."""
    problem: str | None = None
    """Why there was no answer."""
    listens: bool = False
    """It takes connections but wants a client certificate, which planoctl has not: no more can be asked."""

    @property
    def serving(self) -> bool:
        """Whether it takes requests."""
        return self.status == 200 or self.listens

    def __str__(self) -> str:
        """E.g. ``ok``, ``503``, ``connection refused``."""
        if self.listens:
            return "listens"
        if self.status is None:
            return self.problem or "not asked"
        return "ok" if self.serving else str(self.status)


class _Config(msgspec.Struct):
    generation: int | None = None
    error: str | None = None


class _Body(msgspec.Struct):
    config: _Config = msgspec.field(default_factory=_Config)


def client() -> httpx.AsyncClient:
    """For our own listeners on this machine: no proxy, and their certificates bear names used elsewhere."""
    return httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=False)  # noqa: S501  see above


async def check_all(client: httpx.AsyncClient, listeners: tuple[ListenerRecord, ...]) -> tuple[Health, ...]:
    """All at once, in their order."""
    return tuple(await asyncio.gather(*(_check(client, listener) for listener in listeners)))


async def _check(client: httpx.AsyncClient, listener: ListenerRecord) -> Health:
    try:
        if listener.client_certificate:
            return await _connect(listener)
        answer = await client.get(f"{listener.url}/healthz")
    except httpx.TimeoutException:
        return Health(problem=f"no answer within {TIMEOUT_S:g} s")
    except httpx.ConnectError:
        return Health(problem="nothing listens there")
    except (httpx.HTTPError, OSError) as error:
        return Health(problem=str(error) or type(error).__name__)
    config = _config(answer.content)
    return Health(answer.status_code, config.generation, config.error)


async def _connect(listener: ListenerRecord) -> Health:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(listener.host, listener.port)
    except TimeoutError:
        return Health(problem=f"no connection within {TIMEOUT_S:g} s")
    writer.close()
    return Health(listens=True)


def _config(body: bytes) -> _Config:
    try:
        return msgspec.json.decode(body, type=_Body).config
    except msgspec.DecodeError:
        return _Config()
