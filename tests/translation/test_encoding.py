"""Content codings: undone however the bytes are cut, and never beyond the bound."""

import gzip
import tracemalloc
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import ANSWER_BYTES_MAX, MIB
from extproc.translation.encoding import UndecodableError, decoder

PACK = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
}
COMPRESSED = ["gzip", "deflate", "br"]
TEXT = b'data: {"text": "gr\xc3\xbc\xc3\x9fe"}\n\n' * 50


def undone(coding: str, pieces: list[bytes]) -> bytes:
    undo = decoder(coding)
    decoded = b"".join([undo(piece) for piece in pieces])
    undo.close()
    return decoded


@pytest.mark.parametrize("coding", PACK)
def test_an_answer_in_one_piece_is_undone(coding: str) -> None:
    """Every coding that we know."""
    assert TEXT == undone(coding, [PACK[coding](TEXT)])


@pytest.mark.parametrize("coding", PACK)
def test_an_answer_byte_by_byte_is_undone(coding: str) -> None:
    """No piece need be decodable by itself."""
    packed = PACK[coding](TEXT)

    assert TEXT == undone(coding, [packed[i : i + 1] for i in range(len(packed))])


@given(
    text=st.binary(max_size=2000), coding=st.sampled_from(sorted(PACK)), cuts=st.lists(st.integers(0, 2100))
)
def test_it_makes_no_difference_how_the_bytes_are_cut(text: bytes, coding: str, cuts: list[int]) -> None:
    """Empty pieces too."""
    packed = PACK[coding](text)
    ends = sorted(min(cut, len(packed)) for cut in cuts)
    pieces = [packed[a:b] for a, b in zip([0, *ends], [*ends, len(packed)], strict=True)]

    assert text == undone(coding, pieces)


@pytest.mark.parametrize("coding", ["GZIP", " gzip ", "Br"])
def test_the_name_of_a_coding_is_read_as_http_says(coding: str) -> None:
    """RFC 9110: case does not count."""
    assert TEXT == undone(coding, [PACK[coding.strip().lower()](TEXT)])


@pytest.mark.parametrize("coding", COMPRESSED)
def test_what_has_come_of_a_stream_is_given_before_the_rest(coding: str) -> None:
    """A provider that streams flushes after each event."""
    if coding == "br":
        packer = brotli.Compressor()
        first = packer.process(TEXT) + packer.flush()
    else:
        squeezer = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
        first = squeezer.compress(TEXT) + squeezer.flush(zlib.Z_SYNC_FLUSH)

    assert TEXT == decoder(coding)(first)


@pytest.mark.parametrize("coding", COMPRESSED)
@pytest.mark.parametrize("kept", [0, 1, 12])
def test_an_answer_that_is_cut_off_is_noticed(coding: str, kept: int) -> None:
    """Its beginning alone would pass for the whole."""
    with pytest.raises(UndecodableError, match="cut off"):
        undone(coding, [PACK[coding](TEXT)[:kept]])


@pytest.mark.parametrize("coding", COMPRESSED)
def test_what_follows_the_end_is_no_part_of_the_answer(coding: str) -> None:
    """Nor is it kept: a provider might go on for ever."""
    undo = decoder(coding)
    undo(PACK[coding](TEXT))

    assert b"" == undo(b"more") == undo(b"and more")
    undo.close()


@pytest.mark.parametrize("coding", COMPRESSED)
def test_bytes_in_another_coding_than_claimed_are_an_error(coding: str) -> None:
    """E.g. a proxy that unpacked the body and left the header."""
    with pytest.raises(UndecodableError, match="not in the content-encoding it claims"):
        undone(coding, [b'{"id": "plain JSON, of a good length"}'])


@pytest.mark.parametrize("coding", ["zstd", "gzip, br", "compress", "aws-chunked"])
def test_a_coding_that_we_do_not_know_is_named(coding: str) -> None:
    """We asked for none at all."""
    with pytest.raises(UndecodableError, match=f"its content-encoding is {coding}"):
        undone(coding, [b"x"])


def bomb(coding: str, size: int) -> bytes:
    """`size` zeros, packed without holding them all."""
    zeros = bytes(MIB)
    if coding == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join([*(packer.process(zeros) for _ in range(size // MIB)), packer.finish()])
    squeezer = zlib.compressobj(1, wbits=31 if coding == "gzip" else 15)
    return b"".join([*(squeezer.compress(zeros) for _ in range(size // MIB)), squeezer.flush()])


@pytest.mark.parametrize("coding", COMPRESSED)
def test_a_small_answer_does_not_become_an_endless_one(coding: str) -> None:
    """Neither in memory, whatever it would unpack to."""
    packed = bomb(coding, 6 * ANSWER_BYTES_MAX)
    tracemalloc.start()
    try:
        with pytest.raises(UndecodableError, match=f"longer than {ANSWER_BYTES_MAX} bytes"):
            undone(coding, [packed])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * ANSWER_BYTES_MAX


@pytest.mark.parametrize("coding", COMPRESSED)
def test_the_bound_is_for_the_whole_answer_not_for_a_piece(coding: str) -> None:
    """A stream is as long as all its pieces."""
    packed = bomb(coding, ANSWER_BYTES_MAX + MIB)

    with pytest.raises(UndecodableError, match="longer than"):
        undone(coding, [packed[start : start + 16] for start in range(0, len(packed), 16)])


def test_an_answer_that_is_not_compressed_is_bounded_too() -> None:
    """The same bound, counted the same way."""
    undo = decoder("")
    undo(bytes(ANSWER_BYTES_MAX))

    with pytest.raises(UndecodableError, match="longer than"):
        undo(b"x")
