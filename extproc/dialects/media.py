"""What kind of media some base64 is, where its sender did not say."""

import base64
import binascii
from typing import Final

from extproc.llm.parts import Inline

_MAGIC: Final = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi", "application/pdf"),
)
"""The first bytes of a file, as base64 writes them."""

_BY_SUFFIX: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_TEXT_TYPES: Final = frozenset(
    {"application/json", "application/xml", "application/yaml", "application/x-yaml"}
)
"""Types that are text though they are not called so."""

_ALIASES: Final = {"image/jpg": "image/jpeg"}


def media_type(inline: Inline, name: str | None = None) -> str:
    """E.g. ``image/png``; by what the sender says, the first bytes, the file's name; ``""``: unknown."""
    said = inline.media_type.partition(";")[0].strip().lower()
    if said and said != "application/octet-stream":
        return _ALIASES.get(said, said)
    for start, kind in _MAGIC:
        if inline.data.startswith(start):
            return kind
    return _BY_SUFFIX.get((name or "").rpartition(".")[2].lower(), said)


def text_of(inline: Inline, name: str | None = None) -> str | None:
    """The text of a text file; ``None``: it is none."""
    kind = media_type(inline, name)
    if not kind.startswith("text/") and kind not in _TEXT_TYPES:
        return None
    try:
        return base64.b64decode(inline.data, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
