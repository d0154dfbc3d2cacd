"""Envoy's outbound listener as an `Outbound`: HTTP/1.1 over a Unix socket that only we can open.

Connections are not kept: on a Unix socket a new one costs no more than finding an idle one among many (0.5 ms
of CPU for a call either way, where a pool of 200 takes 8 ms), and a request can never meet a connection that
Envoy is about to close.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx

from extproc import headers as names
from extproc.limits import OUTBOUND_BYTES_MAX
from extproc.outbound.port import Answered, OutboundError

_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=0)
_URL: Final = "http://outbound/"
"""Only its scheme means something: the cluster has the authority, the request its own path."""


class EnvoyOutbound:
    """Implements `Outbound`."""

    def __init__(self, socket_path: str, bytes_max: int = OUTBOUND_BYTES_MAX) -> None:
        # Without TLS there is nothing to verify; not to say so would load every root certificate.
        self._transport = httpx.AsyncHTTPTransport(uds=socket_path, verify=False, limits=_LIMITS)
        self._bytes_max = bytes_max

    async def post(
        self, cluster: str, path: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> Answered:
        """See `Outbound`. The body of the answer is as it came: with its ``content-encoding``."""
        request = httpx.Request(
            "POST",
            _URL,
            headers=_encoded({**headers, names.CLUSTER: cluster}),
            content=body,
            extensions={"target": path.encode("latin-1")},  # byte for byte, where a URL would be normalised
        )
        try:
            async with asyncio.timeout(deadline_s):
                return await self._answered(request)
        except TimeoutError:
            raise OutboundError(f"no answer within {deadline_s:g} s") from None
        except httpx.ConnectError as error:
            raise OutboundError("Envoy's outbound listener cannot be reached") from error
        except httpx.HTTPError as error:
            raise OutboundError("the connection broke off") from error

    async def _answered(self, request: httpx.Request) -> Answered:
        response = await self._transport.handle_async_request(request)
        try:
            if reply := response.headers.get(names.REPLY):
                raise OutboundError(f"Envoy got no answer ({reply})")
            return Answered(response.status_code, dict(response.headers), await self._whole(response))
        finally:
            await response.aclose()

    async def _whole(self, response: httpx.Response) -> bytes:
        whole = bytearray()
        async for piece in response.aiter_raw():
            whole += piece
            if len(whole) > self._bytes_max:
                raise OutboundError(f"the answer is longer than {self._bytes_max} bytes")
        return bytes(whole)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """As HTTP/1.1 carries them; values that came by Envoy are Latin-1."""
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
