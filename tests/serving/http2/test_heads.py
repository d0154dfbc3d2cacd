"""Header blocks: HPACK's state is kept right, and malformed requests are told from broken compression."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import HEADER_BLOCK_BYTES_MAX
from extproc.serving.http2.faults import ConnectionFault, ErrorCode, StreamFault
from extproc.serving.http2.heads import Head, HeadReader

REQUEST = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/a.B/C"),
    (":authority", "x"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]
HEAD = Head(b"POST", b"/a.B/C", b"application/grpc")


def test_a_dynamic_table_is_followed_until_it_is_forbidden() -> None:
    """Envoy may fill its table before it has seen our settings."""
    encoder, reader = hpack.Encoder(), HeadReader()
    first, second = encoder.encode(REQUEST), encoder.encode(REQUEST)
    assert len(second) < len(first)

    assert [HEAD, HEAD] == [reader.read(first), reader.read(second)]
    reader.forbid_table()
    encoder.header_table_size = 0
    third, fourth = encoder.encode(REQUEST), encoder.encode(REQUEST)

    assert [HEAD, HEAD, HEAD] == [reader.read(third), reader.read(fourth), reader.read(fourth)]


def test_a_block_is_remembered_only_where_no_table_can_change_its_meaning() -> None:
    """The same bytes, an index into the dynamic table, stand for another path the second time."""
    encoder, reader = hpack.Encoder(), HeadReader()
    reader.read(encoder.encode([*REQUEST, ("x", "1")]))
    repeated = encoder.encode([(":method", "POST"), (":scheme", "http"), (":path", "/a.B/C")])
    assert b"/a.B/C" == reader.read(repeated).path
    reader.read(encoder.encode([(":method", "POST"), (":scheme", "http"), (":path", "/other")] * 1))
    moved = reader.fields(repeated)

    assert (b":path", b"/a.B/C") not in moved


def test_a_client_that_keeps_its_table_after_acknowledging_is_refused() -> None:
    encoder, reader = hpack.Encoder(), HeadReader()
    reader.read(encoder.encode(REQUEST))
    reader.forbid_table()

    with pytest.raises(ConnectionFault) as refused:
        reader.read(encoder.encode(REQUEST))

    assert ErrorCode.COMPRESSION_ERROR is refused.value.code


@pytest.mark.parametrize(
    "fields",
    [
        REQUEST[1:],
        [*REQUEST, (":path", "/late")],
        [(":path", "/twice"), *REQUEST],
        [(":status", "200"), *REQUEST],
        [*REQUEST, ("Upper", "case")],
        [*REQUEST, ("connection", "close")],
        [*REQUEST, ("te", "gzip")],
        [*REQUEST, ("", "nameless")],
        [],
    ],
)
def test_a_malformed_request_ends_its_stream_only(fields: list[tuple[str, str]]) -> None:
    """RFC 9113 §8.1.1."""
    with pytest.raises(StreamFault) as refused:
        HeadReader().read(hpack.Encoder().encode(fields))

    assert ErrorCode.PROTOCOL_ERROR is refused.value.code


def test_a_small_block_that_unpacks_to_much_is_refused() -> None:
    """One entry of the table, named again and again."""
    encoder = hpack.Encoder()
    block = encoder.encode([*REQUEST, *[("x", "y" * 1000)] * (HEADER_BLOCK_BYTES_MAX // 1000)])

    with pytest.raises(ConnectionFault):
        HeadReader().read(block)


@given(st.lists(st.binary(max_size=60), max_size=4), st.booleans())
def test_any_bytes_are_read_or_refused(blocks: list[bytes], forbidden: bool) -> None:
    reader = HeadReader()
    if forbidden:
        reader.forbid_table()
    for block in blocks:
        try:
            reader.read(block)
        except StreamFault:
            pass
        except ConnectionFault:
            return
