"""Images by their pixels, documents by their text or pages, audio by its bytes."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.llm.parts import Audio, Document, FileId, Image, Inline, Text, Url
from extproc.tokens.image_size import size_of
from extproc.tokens.media import IMAGE_TOKENS_MAX, PAGE_TOKENS, audio_tokens, document_content, image_tokens


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">HH", marker, len(data) + 2) + data


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = segment(0xFFC2, struct.pack(">BHHB", 8, height, width, 3))
    return b"\xff\xd8" + segment(0xFFE0, b"JFIF\0") + before + frame


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(data)) + b"WEBP" + kind + struct.pack("<I", len(data)) + data


FILES = {
    "png": png(640, 480),
    "jpeg": jpeg(640, 480),
    "jpeg behind a thumbnail, a profile and a Huffman table": jpeg(
        640, 480, segment(0xFFE1, b"\xff\xc0" * 30_000) + segment(0xFFE2, b"icc") + segment(0xFFC4, b"\0" * 9)
    ),
    "gif": b"GIF89a" + struct.pack("<HH", 640, 480) + b"\0\0\0",
    "webp, lossy": webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640 | 1 << 14, 480)),
    "webp, lossless": webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14 | 1 << 28)),
    "webp, extended": webp(
        b"VP8X", b"\x10\0\0\0" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
    ),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_the_size_is_read_from_the_file(data: bytes) -> None:
    """Each format that the APIs take."""
    assert (640, 480) == size_of(b64(data))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "%%%",
        "abc",
        b64(b"%PDF-1.7"),
        b64(b"\xff\xd8\xff"),
        b64(b"\xff\xd8\xff\xe0\0\2\0\0\0\0"),
        b64(png(1, 1)[:18]),
    ],
    ids=["empty", "no base64", "cut", "pdf", "short", "no segment", "short header"],
)
def test_what_is_no_image_has_no_size(data: str) -> None:
    """It is not ours to refuse."""
    assert None is size_of(data)


@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b""]), st.binary())
def test_any_bytes_have_a_size_or_none(magic: bytes, rest: bytes) -> None:
    """Nothing raises."""
    size = size_of(b64(magic + rest))

    assert size is None or len(size) == 2


@pytest.mark.parametrize(
    ("image", "tokens"),
    [
        (Image(Inline("image/png", b64(png(200, 200)))), 54),
        (Image(Inline("image/png", b64(png(1000, 1000)))), 1334),
        (Image(Inline("image/png", b64(png(1092, 1092)))), 1590),
        (Image(Inline("image/png", b64(png(3136, 784)))), 820),
        (Image(Inline("image/png", b64(png(8000, 8000)))), IMAGE_TOKENS_MAX),
        (Image(Inline("image/png", b64(png(0, 0)))), 0),
        (Image(Inline("image/png", "")), IMAGE_TOKENS_MAX),
        (Image(Url("https://example.com/a.png")), IMAGE_TOKENS_MAX),
        (Image(FileId("file_1")), IMAGE_TOKENS_MAX),
        (Image(Inline("image/png", b64(png(8000, 8000))), detail="low"), 85),
    ],
    ids=["small", "medium", "square", "shrunk", "huge", "empty", "unknown", "url", "file", "low detail"],
)
def test_an_image_counts_by_its_pixels(image: Image, tokens: int) -> None:
    """The first two are examples in Anthropic's documentation."""
    assert tokens == image_tokens(image)


@pytest.mark.parametrize(
    ("document", "content"),
    [
        (Document(Text("in plain")), "in plain"),
        (Document(Inline("text/csv", b64(b"a,b\n1,2"))), "a,b\n1,2"),
        (Document(Inline("application/pdf", b64(b"%PDF-1.7"))), PAGE_TOKENS),
        (Document(Inline("application/pdf", b64(b"%PDF-1.7" + bytes(65_536 * 3)))), 4 * PAGE_TOKENS),
        (Document(Url("https://example.com/a.pdf")), PAGE_TOKENS),
        (Document(FileId("file_1")), PAGE_TOKENS),
    ],
    ids=["text", "text file", "page", "pages", "url", "file"],
)
def test_a_document_counts_by_its_text_or_its_pages(document: Document, content: str | int) -> None:
    """What it says is counted where it can be read."""
    assert content == document_content(document)


def test_audio_counts_by_its_bytes() -> None:
    """Its seconds are in no header that all formats have."""
    assert 10 == audio_tokens(Audio(b64(bytes(10 * 1024)), "mp3"))
