"""A stream cut into the bytes of its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc import limits
from extproc.conversations.events import Cutter, data_of, with_data


def cut(*pieces: bytes) -> tuple[list[bytes], bytes]:
    cutter = Cutter()
    return [event for piece in pieces for event in cutter.feed(piece)], cutter.rest()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_blank_line_ends_an_event(end: bytes) -> None:
    """A CR and an LF are one line end: a line that ends with them is not blank."""
    first, second = (end.join((b"event: x", b"data: %d" % n, b"", b"")) for n in (1, 2))

    assert ([first, second], b"data: 3" + end) == cut(first + second + b"data: 3" + end)


@given(
    st.lists(
        st.sampled_from([b"event: a\ndata: 1\n\n", b"data: 2\r\n\r\n", b": ping\n\n", b"\n", b"data: 3\r\r"]),
        max_size=6,
    ),
    st.data(),
)
def test_no_byte_is_lost_however_it_is_cut(events: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(events) + b"data: rest"
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]

    found, rest = cut(*pieces)

    assert stream == b"".join(found) + rest
    assert [data_of(event) for event in cut(stream)[0] if data_of(event)] == [
        data_of(event) for event in found if data_of(event)
    ]


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"event: a\ndata: {}\n\n", b"{}"),
        (b"data:{}\r\n\r\n", b"{}"),
        (b"data: {\ndata: }\n\n", b"{\n}"),
        (b": ping\n\n", b""),
    ],
)
def test_the_data_of_an_event(event: bytes, data: bytes) -> None:
    assert data == data_of(event)


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        (b"event: a\nid: 7\ndata: {}\n\n", b"event: a\nid: 7\ndata: new\n\n"),
        (b"data:{}\r\n\r\n", b"data:new\r\n\r\n"),
        (b"data: {\ndata: }\nevent: a\n\n", b"data: new\nevent: a\n\n"),
    ],
)
def test_other_data_in_the_same_event(event: bytes, changed: bytes) -> None:
    assert changed == with_data(event, b"new")


def test_an_event_without_an_end_is_noticed() -> None:
    cutter = Cutter()
    cutter.feed(b"data: " + b"x" * limits.ANSWER_BYTES_MAX)

    assert cutter.overflows
