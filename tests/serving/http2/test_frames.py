"""Frames come out the same however their bytes were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.serving.http2 import frames
from extproc.serving.http2.faults import ConnectionFault, ErrorCode
from extproc.serving.http2.frames import PREFACE, Frame, FrameReader

FRAME = st.tuples(
    st.integers(0, 255), st.integers(0, 255), st.integers(0, frames.STREAM_ID_MAX), st.binary(max_size=40)
)


def read(*pieces: bytes) -> list[Frame]:
    reader = FrameReader()
    return [frame for piece in pieces for frame in reader.feed(piece)]


@given(st.lists(FRAME, max_size=5), st.lists(st.integers(1, 30), max_size=20), st.binary(max_size=8))
def test_any_cut_gives_the_same_frames(expected: list[Frame], cuts: list[int], trailing: bytes) -> None:
    """What trails is the beginning of a frame that is still to come."""
    data = PREFACE + b"".join(frames.frame(*each) for each in expected) + trailing
    pieces = []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]

    assert expected == read(*pieces, data)


def test_byte_by_byte() -> None:
    data = PREFACE + frames.settings([(4, 7)]) + frames.frame(frames.DATA, 1, 3, b"abc")

    assert [(4, 0, 0, b"\0\4\0\0\0\7"), (0, 1, 3, b"abc")] == read(*(bytes([byte]) for byte in data))


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"X", PREFACE[:20] + b"X"])
def test_anything_but_the_preface_is_refused_at_its_first_wrong_byte(data: bytes) -> None:
    with pytest.raises(ConnectionFault) as refused:
        read(data)

    assert ErrorCode.PROTOCOL_ERROR is refused.value.code


def test_a_frame_too_long_is_refused_before_it_has_come() -> None:
    """Nothing is kept for it."""
    with pytest.raises(ConnectionFault) as refused:
        read(PREFACE, frames.head(frames.PAYLOAD_BYTES_MAX + 1, frames.DATA, 0, 1))

    assert ErrorCode.FRAME_SIZE_ERROR is refused.value.code


def test_the_reserved_bit_of_a_stream_id_is_ignored() -> None:
    assert [(0, 0, 1, b"")] == read(PREFACE, b"\0\0\0\0\0\x80\0\0\1")
