"""One connection: from bytes to calls, and from what goes wrong to GOAWAY or RST_STREAM. RFC 9113."""

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Final, cast

from extproc import limits
from extproc.serving.http2 import frames, payloads, responses
from extproc.serving.http2.blocks import Block
from extproc.serving.http2.calls import Calls, Handler
from extproc.serving.http2.faults import ConnectionFault, ErrorCode, Status, StreamFault
from extproc.serving.http2.frames import FrameReader
from extproc.serving.http2.heads import Head, HeadReader
from extproc.serving.http2.sender import INITIAL_WINDOW_BYTES, Sender
from extproc.serving.http2.stream import Stream
from extproc.serving.http2.windows import ReceiveWindow

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_GREETING: Final = frames.settings(
    (
        (payloads.HEADER_TABLE_SIZE, 0),
        (payloads.MAX_CONCURRENT_STREAMS, limits.STREAMS_PER_WORKER_MAX),
        (payloads.INITIAL_WINDOW_SIZE, limits.STREAM_WINDOW_BYTES),
        (payloads.MAX_HEADER_LIST_SIZE, limits.HEADER_BLOCK_BYTES_MAX),
    )
) + frames.window_update(0, payloads.WINDOW_BYTES_MAX - INITIAL_WINDOW_BYTES)
"""The connection's window is as wide as can be: the streams' own hold the client back."""

_SETTINGS_PER_READ_MAX: Final = 32
"""Each may have to touch every stream."""

_DRAIN_PING: Final = frames.frame(frames.PING, 0, 0, b"draining")
_GRPC_TYPE: Final = re.compile(rb"application/grpc(\Z|[+;])")


class Connection(asyncio.Protocol):
    """What a client on the worker's socket talks to. Nothing it sends raises out of here."""

    def __init__(self, calls: Calls, connections: set["Connection"]) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when nothing of the connection is left."""
        self._calls = calls
        self._connections = connections
        self._frames = FrameReader()
        self._heads = HeadReader()
        self._window = ReceiveWindow(payloads.WINDOW_BYTES_MAX)
        self._streams: dict[int, Stream] = {}
        self._last_id = 0
        self._block: Block | None = None
        self._settings_in_read = 0
        self._greeted = False
        self._final_id = frames.STREAM_ID_MAX
        """No stream above it is served; lowered once, when the connection drains."""
        self._timer: asyncio.TimerHandle | None = None
        self._on: dict[int, Callable[[int, int, bytes], None]] = {
            frames.DATA: self._on_data,
            frames.HEADERS: self._on_headers,
            frames.PRIORITY: self._on_priority,
            frames.RST_STREAM: self._on_rst_stream,
            frames.SETTINGS: self._on_settings,
            frames.PUSH_PROMISE: self._on_push_promise,
            frames.PING: self._on_ping,
            frames.GOAWAY: self._on_goaway,
            frames.WINDOW_UPDATE: self._on_window_update,
            frames.CONTINUATION: self._on_continuation,
        }

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send our settings; the client has some seconds to send its own."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._sender = Sender(self._transport)
        self._connections.add(self)
        if len(self._connections) > limits.CONNECTIONS_PER_WORKER_MAX:
            self._transport.abort()
            return
        self._transport.set_write_buffer_limits(limits.WRITE_BUFFER_BYTES)
        self._sender.write(_GREETING)
        self._timer = asyncio.get_running_loop().call_later(limits.HANDSHAKE_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Any bytes at all."""
        if self._transport.is_closing():
            return
        self._settings_in_read = 0
        try:
            for frame in self._frames.feed(data):
                self._on_frame(*frame)
            self._sender.after_read()
        except ConnectionFault as fault:
            self._fail(fault)
        except Exception:
            log.exception("a fault of the HTTP/2 connection's own")
            self._fail(ConnectionFault(ErrorCode.INTERNAL_ERROR, "a fault of ours"))

    def pause_writing(self) -> None:
        """The transport holds enough."""
        self._sender.pause()

    def resume_writing(self) -> None:
        """It has room again."""
        self._sender.resume()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Whatever was in progress is cancelled."""
        self._connections.discard(self)
        self._on.clear()  # the one cycle of references that would outlive the connection
        if self._timer is not None:
            self._timer.cancel()
        self._cancel_streams()
        self.closed.set_result(None)

    # for the server

    def drain(self) -> None:
        """Ask for no new streams; close when those in progress have ended.

        The first GOAWAY names no stream, for some may be on their way; the client's answer to the PING
        behind it says that none is any more (RFC 9113 §6.8).
        """
        if self._greeted:
            self._sender.write(frames.goaway(frames.STREAM_ID_MAX, ErrorCode.NO_ERROR) + _DRAIN_PING)
        else:
            self._transport.close()

    def abort(self) -> None:
        """End it now."""
        self._transport.abort()

    # frames

    def _on_frame(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._block is not None and (kind, stream_id) != (frames.CONTINUATION, self._block.stream_id):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a frame within a header block")
        if not self._greeted and kind != frames.SETTINGS:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        handle = self._on.get(kind)
        if handle is None:
            return  # §4.1: of a type to come
        try:
            handle(flags, stream_id, payload)
        except StreamFault as fault:
            self._reset(stream_id, fault)

    def _on_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        size = len(payload)
        data = payloads.unpadded(flags, payload)
        self._window.take(size)  # never too much: it is given back at once, and is wider than any read
        if increment := self._window.give(size):
            self._sender.write(frames.window_update(0, increment))
        stream = self._open_stream(stream_id)
        if stream is None:
            return  # sent before our end of the stream was known there
        stream.data(data, size)
        if flags & frames.END_STREAM:
            stream.end()

    def _on_headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id % 2 == 0:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"HEADERS on stream {stream_id}")
        ends_stream = bool(flags & frames.END_STREAM)
        fragment = payloads.fragment(flags, payload)
        if flags & frames.END_HEADERS:
            self._on_block(stream_id, fragment, ends_stream=ends_stream)
        else:
            self._block = Block(stream_id, fragment, ends_stream=ends_stream)

    def _on_continuation(self, flags: int, stream_id: int, payload: bytes) -> None:
        block = self._block
        if block is None:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "CONTINUATION of nothing")
        block.add(payload)
        if flags & frames.END_HEADERS:
            self._block = None
            self._on_block(stream_id, block.whole(), ends_stream=block.ends_stream)

    def _on_block(self, stream_id: int, block: bytes, *, ends_stream: bool) -> None:
        if stream_id > self._last_id:
            self._last_id = stream_id
            head = self._heads.read(block)
            if stream_id <= self._final_id:
                self._begin(stream_id, head, ends_stream=ends_stream)
            return
        self._heads.fields(block)
        stream = self._streams.get(stream_id)
        if stream is None:
            return
        if stream.ended:
            raise StreamFault(ErrorCode.STREAM_CLOSED, "HEADERS after the end of the stream")
        if not ends_stream:
            raise StreamFault(ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream")
        stream.end()

    def _on_priority(self, _flags: int, stream_id: int, payload: bytes) -> None:
        if not stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PRIORITY of the connection")
        if len(payload) != 5:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"PRIORITY of {len(payload)} bytes")

    def _on_rst_stream(self, _flags: int, stream_id: int, payload: bytes) -> None:
        payloads.number(payload, stream_id)
        if stream := self._open_stream(stream_id):
            stream.cancel()

    def _on_settings(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "SETTINGS of a stream")
        if flags & frames.ACK:
            if payload:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "an ACK with settings")
            self._heads.forbid_table()
            return
        self._settings_in_read += 1
        if self._settings_in_read > _SETTINGS_PER_READ_MAX:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "too many SETTINGS")
        for identifier, value in payloads.settings(payload):
            if identifier == payloads.INITIAL_WINDOW_SIZE:
                self._set_initial_window(value)
        self._sender.write(frames.frame(frames.SETTINGS, frames.ACK, 0))
        if not self._greeted:
            self._greeted = True
            self._cancel_timer()

    def _on_push_promise(self, _flags: int, _stream_id: int, _payload: bytes) -> None:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE from a client")

    def _on_ping(self, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PING of a stream")
        if len(payload) != 8:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"PING of {len(payload)} bytes")
        if not flags & frames.ACK:
            self._sender.write(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif payload == _DRAIN_PING[frames.HEAD_BYTES :]:
            self._refuse()

    def _on_goaway(self, _flags: int, stream_id: int, payload: bytes) -> None:
        """The client will open no more streams; those it has are served, and it closes the connection."""
        if stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "GOAWAY of a stream")
        if len(payload) < 8:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"GOAWAY of {len(payload)} bytes")

    def _on_window_update(self, _flags: int, stream_id: int, payload: bytes) -> None:
        stream = self._open_stream(stream_id) if stream_id else None
        increment = payloads.increment(payload, stream_id)
        if not stream_id:
            self._sender.widen(increment)
        elif stream is not None:
            self._sender.widen_stream(stream, increment)

    # streams

    def _open_stream(self, stream_id: int) -> Stream | None:
        """``None`` for one that is closed; raises `ConnectionFault` for one that never was opened (§5.1)."""
        stream = self._streams.get(stream_id)
        if stream is None and (stream_id > self._last_id or stream_id % 2 == 0):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"a frame on stream {stream_id}, which is idle")
        return stream

    def _begin(self, stream_id: int, head: Head, *, ends_stream: bool) -> None:
        if self._calls.open >= limits.STREAMS_PER_WORKER_MAX:
            raise StreamFault(ErrorCode.REFUSED_STREAM, "too many calls")
        refusal, handler = self._choose(head)
        if handler is None:
            self._refuse_call(stream_id, refusal, ends_stream=ends_stream)
            return
        stream = Stream(stream_id, self._sender, self._calls, self._forget)
        self._streams[stream_id] = stream
        self._calls.open += 1
        stream.start(handler)
        if ends_stream:
            stream.end()

    def _choose(self, head: Head) -> tuple[bytes, Handler | None]:
        """The block to refuse a call with, or what serves it."""
        if head.method != b"POST":
            return responses.METHOD_NOT_ALLOWED, None
        if not _GRPC_TYPE.match(head.content_type):
            return responses.UNSUPPORTED_MEDIA_TYPE, None
        handler = self._calls.handlers.get(head.path)
        if handler is None:
            return responses.only_trailers(Status.UNIMPLEMENTED, "no such method"), None
        return b"", handler

    def _refuse_call(self, stream_id: int, block: bytes, *, ends_stream: bool) -> None:
        end = self._sender.headers(stream_id, block, frames.END_STREAM)
        if not ends_stream:
            end += frames.rst_stream(stream_id, ErrorCode.NO_ERROR)
        self._sender.write(end)

    def _reset(self, stream_id: int, fault: StreamFault) -> None:
        log.debug("stream %d reset: %s, %s", stream_id, fault.code.name, fault)
        if stream := self._streams.get(stream_id):
            stream.cancel()
        self._sender.write(frames.rst_stream(stream_id, fault.code))

    def _forget(self, stream: Stream) -> None:
        del self._streams[stream.id]
        self._calls.open -= 1
        self._close_if_done()

    def _set_initial_window(self, value: int) -> None:
        """§6.9.2: open streams get the difference, which may leave them with less than nothing."""
        difference = value - self._sender.initial_window
        self._sender.initial_window = value
        for stream in tuple(self._streams.values()):
            try:
                self._sender.widen_stream(stream, difference)
            except StreamFault as fault:
                raise ConnectionFault(fault.code, str(fault)) from fault

    # the end

    def _refuse(self) -> None:
        self._final_id = min(self._final_id, self._last_id)
        self._sender.write(frames.goaway(self._final_id, ErrorCode.NO_ERROR))
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._final_id < frames.STREAM_ID_MAX and not self._streams:
            self._close()

    def _fail(self, fault: ConnectionFault) -> None:
        log.warning("connection ended: %s, %s", fault.code.name, fault)
        last_id = min(self._last_id, self._final_id)
        self._sender.write(frames.goaway(last_id, fault.code, str(fault)))
        self._cancel_streams()
        self._close()

    def _close(self) -> None:
        """Once what is written is read, or after a while."""
        if self._transport.is_closing():
            return
        self._transport.close()
        self._cancel_timer()
        self._timer = asyncio.get_running_loop().call_later(limits.CLOSE_S, self._transport.abort)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cancel_streams(self) -> None:
        for stream in tuple(self._streams.values()):
            stream.cancel()
