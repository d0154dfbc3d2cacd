"""Reads a source, wherever it is: an address, or a file. Bounded in time and size."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from extproc.limits import METRICS_BYTES_MAX, METRICS_CONNECT_S, METRICS_READ_S
from extproc.prices.formats import UnreadableSource

Fetch = Callable[[str, Mapping[str, str]], Awaitable[bytes]]
"""Location and query parameters → what is there; raises `UnreadableSource`."""

# It writes whole addresses into the log, with what may be secret in them.
logging.getLogger("httpx").setLevel(logging.WARNING)

_TOO_LONG: Final = f"it is longer than {METRICS_BYTES_MAX} bytes"


def is_url(location: str) -> bool:
    """Whether it takes the network to read `location`."""
    return location.startswith(("http://", "https://"))


def shown(location: str) -> str:
    """`location` for the log, without what may be secret in it."""
    if not is_url(location):
        return location
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


async def fetch(location: str, parameters: Mapping[str, str]) -> bytes:
    """See `Fetch`."""
    if not is_url(location):
        return await asyncio.to_thread(read_file, location)
    try:
        async with asyncio.timeout(METRICS_READ_S):
            return await _get(location, parameters)
    except TimeoutError:
        raise UnreadableSource(f"it took longer than {METRICS_READ_S:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableSource(str(error) or type(error).__name__) from None


def read_file(path: str) -> bytes:
    """A file's content; raises `UnreadableSource`."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(METRICS_BYTES_MAX + 1)
    except OSError as error:
        raise UnreadableSource(error.strerror or str(error)) from None
    if len(text) > METRICS_BYTES_MAX:
        raise UnreadableSource(_TOO_LONG)
    return text


async def _get(url: str, parameters: Mapping[str, str]) -> bytes:
    timeout = httpx.Timeout(METRICS_READ_S, connect=METRICS_CONNECT_S)
    text = bytearray()
    async with (
        httpx.AsyncClient(timeout=timeout, follow_redirects=True) as client,
        client.stream("GET", url, params=dict(parameters) or None) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise UnreadableSource(f"its answer is a {response.status_code}")
        async for piece in response.aiter_bytes():
            text += piece
            if len(text) > METRICS_BYTES_MAX:
                raise UnreadableSource(_TOO_LONG)
    return bytes(text)
