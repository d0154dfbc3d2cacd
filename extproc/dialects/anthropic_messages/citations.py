"""Citations of a text block, and annotations as Responses writes them.

Anthropic cites for a whole block, OpenAI for a stretch of the text: the stretch is the block. What
Anthropic found by a search is a ``url_citation``; what it found in a document is a ``file_citation``. The
way back exists for the first kind alone.
"""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]


def read(citations: Iterable[Json], text: str) -> tuple[Json, ...]:
    """Annotations from the citations of a block that says `text`."""
    return tuple(annotation(citation, len(text)) for citation in citations)


def annotation(citation: Json, end: int) -> Json:
    """One of them; `end`: characters that the block has so far."""
    url = citation.get("url") or citation.get("source")
    title = _string(citation.get("title")) or _string(citation.get("document_title"))
    if isinstance(url, str) and "://" in url:
        return {"type": "url_citation", "url": url, "title": title or url, "start_index": 0, "end_index": end}
    return {
        "type": "file_citation",
        "file_id": _string(citation.get("file_id")),
        "filename": title or _string(url),
        "index": end,
    }


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def write(annotations: Iterable[Json], text: str) -> list[Json]:
    """Citations from those annotations that name an address, flat (Responses) or nested (Chat)."""
    found = []
    for note in annotations:
        nested = note.get("url_citation")
        web = nested if isinstance(nested, dict) else note
        if note.get("type") == "url_citation" and isinstance(web.get("url"), str):
            found.append(_web(web, text))
    return found


def _web(note: Json, text: str) -> Json:
    start, end = note.get("start_index"), note.get("end_index")
    cited = text[start:end] if isinstance(start, int) and isinstance(end, int) else ""
    return {
        "type": "web_search_result_location",
        "cited_text": cited,
        "encrypted_index": "",
        "title": _string(note.get("title")) or None,
        "url": note["url"],
    }
