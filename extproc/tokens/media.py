"""What images, documents and sound are counted as: by rule, for no provider says how many tokens they become.

=========  ===========================================================================================
image      width · height / 750 pixels, after it is fitted into 1568 by 1568: Anthropic's rule, which is
           near those of models that see patches (1/784 for Qwen, 1/1024 for OpenAI's later ones);
           1600, its most, where the size cannot be seen. OpenAI's ``detail: low`` is 85.
document   a text file is counted as text; any other is 2000 tokens a page, a page each 64 KiB
           (Anthropic: 1500 to 3000 a page); one page where it is elsewhere.
audio      a token a KiB (OpenAI: 10 a second; compressed speech has about 10 KB a second).
=========  ===========================================================================================
"""

import math
from typing import Final

from extproc.dialects.media import text_of
from extproc.llm.parts import Audio, Document, Image, Inline, Text
from extproc.tokens.image_size import size_of

IMAGE_TOKENS_MAX: Final = 1600
_IMAGE_SIDE_MAX: Final = 1568
_PIXELS_PER_TOKEN: Final = 750
_LOW_DETAIL_TOKENS: Final = 85

PAGE_TOKENS: Final = 2000
_PAGE_BYTES: Final = 64 * 1024
_AUDIO_BYTES_PER_TOKEN: Final = 1024


def image_tokens(image: Image) -> int:
    """Tokens of an image."""
    if image.detail == "low":
        return _LOW_DETAIL_TOKENS
    size = size_of(image.source.data) if isinstance(image.source, Inline) else None
    if size is None:
        return IMAGE_TOKENS_MAX
    width, height = size
    shrunk = min(1.0, _IMAGE_SIDE_MAX / max(width, height, 1))
    tokens = math.ceil(width * height * shrunk * shrunk / _PIXELS_PER_TOKEN)
    return min(tokens, IMAGE_TOKENS_MAX)


def document_content(document: Document) -> str | int:
    """A document's text, or the tokens of one that is not text."""
    source = document.source
    if isinstance(source, Text):
        return source.text
    if not isinstance(source, Inline):
        return PAGE_TOKENS
    text = text_of(source, document.name)
    return text if text is not None else PAGE_TOKENS * _begun(_decoded_bytes(source.data), _PAGE_BYTES)


def audio_tokens(audio: Audio) -> int:
    """Tokens of a recording."""
    return _begun(_decoded_bytes(audio.data), _AUDIO_BYTES_PER_TOKEN)


def _decoded_bytes(base64: str) -> int:
    return len(base64) * 3 // 4 - base64[-2:].count("=")


def _begun(amount: int, unit: int) -> int:
    """How many units are begun; at least one."""
    return max(1, -(-amount // unit))
