"""Server-sent events: what the standard says, however the bytes are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.llm import sse
from extproc.llm.sse import SseDecoder, SseError, SseEvent

CASES = {
    "one line": (b"data: a\n\n", [SseEvent(b"a")]),
    "no space": (b"data:a\n\n", [SseEvent(b"a")]),
    "only one space is taken": (b"data:  a\n\n", [SseEvent(b" a")]),
    "several lines": (b"data: a\ndata:b\ndata\ndata: c\n\n", [SseEvent(b"a\nb\n\nc")]),
    "named": (b"event: ping\ndata: {}\n\n", [SseEvent(b"{}", "ping")]),
    "name behind data, no space": (b"data: {}\nevent:ping\n\n", [SseEvent(b"{}", "ping")]),
    "a name without data is no event": (b"event: ping\n\ndata: a\n\n", [SseEvent(b"a")]),
    "crlf": (b"event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", [SseEvent(b"a", "x"), SseEvent(b"b")]),
    "cr": (b"data: a\r\rdata: b\r\r", [SseEvent(b"a"), SseEvent(b"b")]),
    "comments": (b": OPENROUTER PROCESSING\n\n:\ndata: a\n: b\n\n", [SseEvent(b"a")]),
    "id and retry": (b"id: 1\nretry: 10\ndata: a\nfoo: b\n\n", [SseEvent(b"a")]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [SseEvent(b"a")]),
    "utf-8": ("data: \u00e9\u20ac\U0001f600\n\n".encode(), [SseEvent("\u00e9\u20ac\U0001f600".encode())]),
    "no blank line at the end": (b"data: a\n\ndata: b", [SseEvent(b"a"), SseEvent(b"b")]),
    "one line end at the end": (b"data: b\n", [SseEvent(b"b")]),
    "many blank lines": (b"\n\n\ndata: a\n\n\n\n", [SseEvent(b"a")]),
    "empty data": (b"data:\n\n", [SseEvent(b"")]),
    "nothing": (b"", []),
}


def decoded(pieces: list[bytes]) -> list[SseEvent]:
    decoder = SseDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.close()


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES)
def test_a_stream_is_read_whole_and_byte_by_byte(stream: bytes, events: list[SseEvent]) -> None:
    assert events == decoded([stream])
    assert events == decoded([stream[i : i + 1] for i in range(len(stream))])


@given(
    stream=st.lists(st.sampled_from([b"data", b":", b" ", b"\r", b"\n", b"\r\n", b"event", b"x"])),
    cuts=st.data(),
)
def test_cuts_change_nothing(stream: list[bytes], cuts: st.DataObject) -> None:
    """Any cutting of any stream gives the same events."""
    whole = b"".join(stream)
    places = sorted(cuts.draw(st.lists(st.integers(0, len(whole)))))
    edges = [0, *places, len(whole)]
    assert decoded([whole]) == decoded([whole[a:b] for a, b in itertools.pairwise(edges)])


@given(
    data=st.text().map(lambda text: text.replace("\r", "").encode()),
    event=st.none() | st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), min_size=1),
)
def test_what_is_encoded_is_decoded(data: bytes, event: str | None) -> None:
    assert [SseEvent(data, event or "")] == decoded([sse.encode(data, event)])


@pytest.mark.parametrize(
    "stream",
    [b"data: " + b"x" * 40, b": " + b"x" * 40, b"data: x\n" * 20, b"data: a\n\ndata: " + b"x" * 40 + b"\n\n"],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_event_has_a_largest_size(stream: bytes, step: int) -> None:
    decoder = SseDecoder(event_bytes_max=32)
    pieces = [stream[i : i + step] for i in range(0, len(stream), step)]
    with pytest.raises(SseError, match="larger than 32 bytes"):
        _collect(decoder, pieces, [])


@pytest.mark.parametrize("step", [1, 1000])
def test_what_came_before_an_event_too_large_is_not_lost(step: int) -> None:
    stream = b"data: a\n\ndata: " + b"x" * 40 + b"\n\ndata: b\n\n"
    decoder = SseDecoder(event_bytes_max=32)
    events: list[SseEvent] = []
    with pytest.raises(SseError):
        _collect(decoder, [stream[i : i + step] for i in range(0, len(stream), step)], events)
    assert [SseEvent(b"a")] == events


def _collect(decoder: SseDecoder, pieces: list[bytes], events: list[SseEvent]) -> None:
    for piece in pieces:
        events += decoder.feed(piece)
    events += decoder.close()


def test_a_long_stream_of_small_events_has_no_largest_size() -> None:
    decoder = SseDecoder(event_bytes_max=32)
    assert 1000 == len(decoder.feed(b"data: 0123456789\n\n" * 1000))
