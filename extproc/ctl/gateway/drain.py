"""Letting Envoy finish what it has begun: on SIGTERM alone it would cut every answer short."""

import asyncio

import httpx

POLL_S = 0.1
TIMEOUT_S = 2.0


async def drain_envoy(admin_port: int) -> None:
    """Stops listening; returns when no request is in flight. Raises `OSError` when Envoy does not answer."""
    try:
        async with _admin(admin_port) as admin:
            (await admin.post("/drain_listeners")).raise_for_status()
            # Envoy has no event to wait for.
            while await _active_requests(admin) > 0:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error


async def active_requests(admin_port: int) -> int:
    """Requests in flight on all listeners; raises `OSError` when Envoy does not answer."""
    try:
        async with _admin(admin_port) as admin:
            return await _active_requests(admin)
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error


def _admin(port: int) -> httpx.AsyncClient:
    # No proxy of the environment stands between us and loopback.
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S, trust_env=False)


async def _active_requests(admin: httpx.AsyncClient) -> int:
    answer = await admin.get("/stats", params={"format": "json", "filter": "downstream_rq_active$"})
    values = {stat["name"]: stat["value"] for stat in answer.json()["stats"] if "name" in stat}
    # The question itself is one of the admin interface's.
    return sum(value for name, value in values.items() if not name.startswith("http.admin."))
