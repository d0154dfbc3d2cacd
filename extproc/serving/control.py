"""How a worker is told things while it serves: one question and one answer a connection, on a Unix socket.

prepare FILE   read it, make ready whatever it needs, keep it beside what is in force
commit N       go by generation N from the next exchange on
reject TEXT    a config was rejected, or (no text) one is fine again: ``/healthz`` says so
tell           how many exchanges still go by an older generation
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from extproc.limits import CONTROL_BYTES_MAX, CONTROL_S


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker is to do."""

    do: Literal["prepare", "commit", "reject", "tell"]
    file: str = ""
    generation: int = 0
    text: str | None = None


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a worker stands after it."""

    generation: int
    older: int = 0
    """Exchanges that go by an older generation."""
    error: str | None = None
    """Why it could not be done."""


class Unreachable(OSError):
    """Nobody answered: the process is not there, or hangs."""


Answer = Callable[[bytes], Awaitable[bytes]]


async def listen(path: Path, answer: Answer) -> asyncio.Server:
    """Answer whoever connects to `path`; each by itself, also while another one waits."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(CONTROL_S):
                asked = await reader.readuntil(b"\n")
            writer.write(await answer(asked) + b"\n")
            await writer.drain()
        writer.close()

    _remove(path)
    return await asyncio.start_unix_server(serve, path, limit=CONTROL_BYTES_MAX)


def _remove(socket: Path) -> None:
    """What a process that was killed has left."""
    socket.unlink(missing_ok=True)


async def ask(path: Path, question: bytes, deadline_s: float) -> bytes:
    """The answer of whoever listens on `path`. Raises `Unreachable`."""
    try:
        async with asyncio.timeout(deadline_s):
            reader, writer = await asyncio.open_unix_connection(path, limit=CONTROL_BYTES_MAX)
            try:
                writer.write(question + b"\n")
                return await reader.readuntil(b"\n")
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise Unreachable(f"no answer on {path.name}: {error or type(error).__name__}") from error


async def order(path: Path, order: Order, deadline_s: float = CONTROL_S) -> State:
    """Tell a worker what to do. Raises `Unreachable`."""
    answer = await ask(path, msgspec.json.encode(order), deadline_s)
    try:
        return msgspec.json.decode(answer, type=State)
    except msgspec.DecodeError as error:
        raise Unreachable(f"{path.name} answers nonsense: {error}") from error
