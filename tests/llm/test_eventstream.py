"""Frames of Amazon's event streams: what is written is read, however it is cut; what is broken is refused."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.llm.eventstream import EventStreamError, Frame, FrameDecoder, encode

HEADERS = st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=50), max_size=5)
FRAMES = st.lists(st.builds(Frame, HEADERS, st.binary(max_size=200)), max_size=5)

KNOWN = bytes.fromhex("000000100000000005c248eb7d98c8ff")
"""The smallest frame there is, from the format's published test vectors (``empty_message``)."""


def read(data: bytes, cuts: list[int]) -> list[Frame]:
    decoder = FrameDecoder()
    frames, start = [], 0
    for end in [*sorted(cuts), len(data)]:
        frames += decoder.feed(data[start:end])
        start = max(start, end)
    decoder.close()
    return frames


def test_the_published_empty_message_is_read_and_written_to_the_byte():
    assert [Frame({}, b"")] == FrameDecoder().feed(KNOWN)
    assert encode({}, b"") == KNOWN


@given(FRAMES, st.data())
def test_what_is_written_is_read_however_it_is_cut(frames, data):
    stream = b"".join(encode(frame.headers, frame.payload) for frame in frames)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert frames == read(stream, cuts)


@given(FRAMES)
def test_what_is_written_is_read_byte_by_byte(frames):
    stream = b"".join(encode(frame.headers, frame.payload) for frame in frames)
    assert frames == read(stream, list(range(len(stream))))


@given(st.builds(Frame, HEADERS, st.binary(max_size=50)), st.data())
def test_a_changed_byte_is_noticed(frame, data):
    stream = bytearray(encode(frame.headers, frame.payload))
    stream[data.draw(st.integers(0, len(stream) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EventStreamError):
        read(bytes(stream), [])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data):
    decoder = FrameDecoder()
    try:
        decoder.feed(data)
        decoder.close()
    except EventStreamError:
        pass


def raw(headers: bytes, payload: bytes = b"", total: int | None = None) -> bytes:
    """A frame with headers as they are, checksums right."""
    lengths = struct.pack(">II", 16 + len(headers) + len(payload) if total is None else total, len(headers))
    frame = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (0, b"", True),
        (1, b"", False),
        (2, b"\xff", -1),
        (3, b"\x01\x00", 256),
        (4, b"\x00\x00\x00\x05", 5),
        (5, b"\xff" * 8, -1),
        (6, b"\x00\x02hi", b"hi"),
        (7, b"\x00\x02hi", "hi"),
        (8, b"\x00" * 7 + b"\x09", 9),
        (9, bytes(range(16)), bytes(range(16))),
    ],
)
def test_every_type_of_header_is_read(kind, value, expected):
    frame = raw(b"\x01a" + bytes((kind,)) + value)
    assert [Frame({"a": expected}, b"")] == FrameDecoder().feed(frame)


@pytest.mark.parametrize(
    "headers",
    [
        b"\x01a\x0a",  # a type that does not exist
        b"\x01a\x07\x00\x05hi",  # a text that is shorter than it says
        b"\x01a\x04\x00",  # half an integer
        b"\x05a",  # half a name
        b"\x01\xff\x00",  # a name that is not UTF-8
        b"\x01a\x07\x00\x01\xff",  # a text that is not UTF-8
    ],
)
def test_malformed_headers_are_refused(headers):
    with pytest.raises(EventStreamError):
        FrameDecoder().feed(raw(headers))


@pytest.mark.parametrize("total", [0, 15, 17])
def test_a_frame_shorter_than_its_headers_is_refused(total):
    with pytest.raises(EventStreamError, match="shorter"):
        FrameDecoder().feed(raw(b"\x01a\x00", total=total))


def test_a_frame_over_the_bound_is_refused_before_it_is_here():
    with pytest.raises(EventStreamError, match="larger than 100 bytes"):
        FrameDecoder(100).feed(encode({}, b"x" * 200)[:12])


def test_whole_frames_before_a_broken_one_are_given_first():
    decoder = FrameDecoder()
    assert [Frame({}, b"")] == decoder.feed(KNOWN + b"\x01" * 16)
    with pytest.raises(EventStreamError, match="prelude"):
        decoder.close()
    with pytest.raises(EventStreamError, match="prelude"):
        decoder.feed(KNOWN)


def test_the_end_inside_a_frame_is_noticed():
    decoder = FrameDecoder()
    decoder.feed(KNOWN[:-1])
    with pytest.raises(EventStreamError, match="inside"):
        decoder.close()
