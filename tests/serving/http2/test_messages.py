"""Messages come out the same however they were cut into DATA frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.serving.http2.faults import CallFailed, Status
from extproc.serving.http2.messages import MessageReader, prefixed


@given(st.lists(st.binary(max_size=20), max_size=6), st.lists(st.integers(0, 12), max_size=30))
def test_any_cut_gives_the_same_messages(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(map(prefixed, messages))
    reader = MessageReader(20)
    for cut in cuts:
        reader.feed(data[:cut])
        data = data[cut:]
    reader.feed(data)

    assert messages == list(reader.complete)
    assert not reader.partial


def test_half_a_message_is_partial() -> None:
    reader = MessageReader(20)
    reader.feed(prefixed(b"whole") + prefixed(b"half")[:-1])

    assert [b"whole"] == list(reader.complete)
    assert reader.partial


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\1\0\0\0\1x", Status.UNIMPLEMENTED),
        (b"\0\0\0\0\x15", Status.RESOURCE_EXHAUSTED),
        (b"\0\xff\xff\xff\xff", Status.RESOURCE_EXHAUSTED),
        (prefixed(b"fine") + b"\0\0\0\0\x15", Status.RESOURCE_EXHAUSTED),
    ],
    ids=["compressed", "too long", "far too long", "the second"],
)
def test_a_message_is_refused_by_its_prefix(data: bytes, status: Status) -> None:
    """Before any of it is kept."""
    with pytest.raises(CallFailed) as refused:
        MessageReader(20).feed(data)

    assert status is refused.value.status
