"""What Envoy's admin interface tells of the config it goes by."""

import httpx

TIMEOUT_S = 2.0


class Admin:
    """The interface on a port of this machine."""

    def __init__(self, port: int) -> None:
        # No proxy of the environment stands between us and loopback.
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S, trust_env=False
        )

    async def stats(self, pattern: str) -> dict[str, str]:
        """Statistics whose names match a regular expression, as text. Raises `OSError`."""
        try:
            answer = await self._client.get("/stats", params={"filter": pattern})
        except httpx.HTTPError as error:
            raise OSError(f"Envoy does not answer: {error or type(error).__name__}") from error
        pairs = (line.rsplit(": ", 1) for line in answer.text.splitlines() if ": " in line)
        return {name: value.strip('"') for name, value in pairs}

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()
