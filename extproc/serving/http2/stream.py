"""One HTTP/2 stream with the call on it: a task that awaits messages, and the windows it fills."""

import asyncio
import logging
from collections.abc import Callable

from extproc.limits import HELD_BYTES_PER_WORKER_MAX, STREAM_WINDOW_BYTES
from extproc.serving.http2 import frames, responses
from extproc.serving.http2.calls import Calls, Handler
from extproc.serving.http2.faults import CallFailed, ErrorCode, Status, StreamFault
from extproc.serving.http2.messages import PREFIX_BYTES, MessageReader
from extproc.serving.http2.sender import Sender
from extproc.serving.http2.windows import ReceiveWindow

log = logging.getLogger(__name__)


class Stream:
    """Open from the client's HEADERS until the call has ended, either way; then `forget` is called once."""

    __slots__ = (
        "_calls",
        "_closed",
        "_forget",
        "_held",
        "_messages",
        "_readable",
        "_sender",
        "_started",
        "_task",
        "_untaken",
        "_window",
        "_writable",
        "ended",
        "id",
        "send_window",
        "unsent",
    )

    def __init__(
        self, stream_id: int, sender: Sender, calls: Calls, forget: Callable[["Stream"], None]
    ) -> None:
        self.id = stream_id
        self.ended = False
        """The client will send nothing more."""
        self.send_window = sender.initial_window
        self.unsent: memoryview | None = None
        self._sender = sender
        self._calls = calls
        self._forget = forget
        self._messages = MessageReader(calls.message_bytes_max())
        self._window = ReceiveWindow(STREAM_WINDOW_BYTES)
        self._untaken = 0
        self._held = 0
        self._started = False
        self._closed = False
        self._readable: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, handler: Handler) -> None:
        """Begin the call."""
        self._task = asyncio.get_running_loop().create_task(self._run(handler))

    def data(self, payload: bytes, size: int) -> None:
        """A DATA frame of `size` bytes, `payload` without its padding; raises `StreamFault`."""
        if self.ended:
            raise StreamFault(ErrorCode.STREAM_CLOSED, "DATA after the end of the stream")
        if not self._window.take(size):
            raise StreamFault(ErrorCode.FLOW_CONTROL_ERROR, "more DATA than the window allows")
        self._untaken += size
        try:
            self._hold(len(payload))
            self._messages.feed(payload)
        except CallFailed as failure:
            self.fail(failure)
            return
        if not self._messages.complete:
            self._return_window()
        _wake(self._readable)

    def end(self) -> None:
        """The client has sent all that it will."""
        self.ended = True
        if self._messages.partial:
            # Never a clean end: the call would take the half message for none at all.
            self.fail(CallFailed(Status.INTERNAL, "the stream ended within a message"))
        _wake(self._readable)

    def fail(self, failure: CallFailed) -> None:
        """End the call with an error from outside of it."""
        self._finish(failure.status, str(failure))
        self._stop()

    def cancel(self) -> None:
        """The stream is gone, with nothing more to send on it."""
        self._close()
        self._stop()

    def sent(self) -> None:
        """All of `unsent` is on its way."""
        _wake(self._writable)

    async def receive(self) -> bytes | None:
        """The next message; ``None`` when the client has ended its half in good order."""
        complete = self._messages.complete
        while not complete:
            if self.ended:
                return None
            self._readable = asyncio.get_running_loop().create_future()
            await self._readable
        message = complete.popleft()
        self._hold(-PREFIX_BYTES - len(message))
        if not complete:
            self._return_window()
        return message

    async def send(self, message: bytes) -> None:
        """Returns when all of it may leave: the peer's windows and its reading hold the call back."""
        await self._until_sent()
        if self._closed:
            return
        before = b"" if self._started else self._sender.headers(self.id, responses.HEADERS)
        self._started = True
        self._sender.message(self, message, before)
        await self._until_sent()

    async def _until_sent(self) -> None:
        while self.unsent and not self._closed:
            self._writable = asyncio.get_running_loop().create_future()
            await self._writable

    async def _run(self, handler: Handler) -> None:
        try:
            await handler(self.receive, self.send)
        except CallFailed as failure:
            self._finish(failure.status, str(failure))
        except asyncio.CancelledError:
            self._finish(Status.CANCELLED, "cancelled")
            raise
        except Exception:
            log.exception("a call failed")
            self._finish(Status.UNKNOWN, "the call failed; the worker's log has the reason")
        else:
            self._finish(Status.OK, "")

    def _finish(self, status: Status, text: str) -> None:
        """Trailers; then, should the client's half be open, word that nobody listens (RFC 9113 §8.1)."""
        if self._closed:
            return
        block = responses.trailers(status, text) if self._started else responses.only_trailers(status, text)
        end = self._sender.headers(self.id, block, frames.END_STREAM)
        if not self.ended:
            end += frames.rst_stream(self.id, ErrorCode.NO_ERROR)
        self._sender.write(end)
        self._close()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None  # a second cancellation would cut short what it does about the first

    def _close(self) -> None:
        if self._closed:
            return
        self._hold(-self._held)
        self._closed = True
        self._sender.drop(self)
        self._forget(self)

    def _hold(self, count: int) -> None:
        """Count bytes that nobody has taken yet; raises `CallFailed` when the worker has too many."""
        if self._closed:
            return  # they are no longer counted, though a call that is being cancelled may still take some
        self._held += count
        self._calls.held_bytes += count
        if self._calls.held_bytes > HELD_BYTES_PER_WORKER_MAX and count > 0:
            raise CallFailed(Status.RESOURCE_EXHAUSTED, "the worker holds too many bytes")

    def _return_window(self) -> None:
        """What was received is taken, or is part of a message that must come whole before it can be."""
        increment = self._window.give(self._untaken)
        self._untaken = 0
        if increment and not self.ended and not self._closed:
            self._sender.write(frames.window_update(self.id, increment))


def _wake(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
