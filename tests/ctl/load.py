"""A steady load on a listener, every request of it counted: sent = answered rightly, or the test fails."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

PER_SECOND = 120
"""Requests; a busy machine may manage fewer."""
CONNECTIONS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One kept connection to a port of this machine, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.opened = 0

    async def ask(self, path: str, body: dict[str, Any]) -> Answer:
        """A POST and its whole answer; raises `OSError` or `EOFError` where there is none."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            self.opened += 1
        reader, writer = self._streams
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\n"
        writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        answer = await _answer(reader)
        if answer.headers.get("connection") == "close":
            await self.close()
        return answer

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> Answer:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    body = b""
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    return Answer(int(lines[0].split()[1]), headers, body)


@dataclass(slots=True)
class Tally:
    """What became of the requests of a while."""

    sent: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    """Each that was not answered, or not as it should be, with how."""
    slowest_s: float = 0.0


class Load:
    """Asks for `model` again and again, on a thread of its own; right is an answer by one of `by`."""

    def __init__(self, port: int, model: str, by: set[str]) -> None:
        self.by = by
        self.tally = Tally()
        self._port = port
        self._body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def so_far(self) -> Tally:
        """The tally since the last call."""
        tally, self.tally = self.tally, Tally()
        return tally

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONNECTIONS):
                tasks.create_task(self._ask_on())
                await asyncio.sleep(1 / PER_SECOND)

    async def _ask_on(self) -> None:
        connection = Connection(self._port)
        due = time.monotonic()
        while not self._stop.is_set():
            await self._ask(connection)
            due = max(due + CONNECTIONS / PER_SECOND, time.monotonic() - 0.2)
            await asyncio.sleep(due - time.monotonic())
        await connection.close()

    async def _ask(self, connection: Connection) -> None:
        tally, by, begun = self.tally, self.by, time.monotonic()
        tally.sent += 1
        try:
            answer = await connection.ask("/v1/chat/completions", self._body)
        except (OSError, EOFError) as error:
            tally.wrong.append(repr(error))
            await connection.close()
            return
        tally.slowest_s = max(tally.slowest_s, time.monotonic() - begun)
        # One that was sent before the test allowed or forbade a model is judged by what held either time.
        if answer.status == 200 and answer.json()["model"] in by | self.by:
            tally.right += 1
        else:
            tally.wrong.append(f"{answer.status} {answer.body[:300]!r}")
