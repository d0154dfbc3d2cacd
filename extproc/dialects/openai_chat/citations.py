"""``annotations``: nested in Chat Completions, flat in `Text.annotations` (as the Responses API has them)."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

_NESTED = "url_citation"


def read(message: Json) -> tuple[Json, ...]:
    """The citations of a message or delta; those of a form we do not know stay as they are."""
    annotations = message.get("annotations")
    if not isinstance(annotations, list):
        return ()
    return tuple(_flat(item) for item in annotations if isinstance(item, dict))


def _flat(annotation: Json) -> Json:
    nested = annotation.get(_NESTED)
    if annotation.get("type") != _NESTED or not isinstance(nested, dict):
        return annotation
    return {"type": _NESTED, **nested}


def write(annotations: Iterable[Json], offset: int = 0) -> list[Json]:
    """Citations for a message whose text has `offset` characters before the annotated one.

    Only ``url_citation`` exists in this API; others are left out.
    """
    return [_nested(item, offset) for item in annotations if item.get("type") == _NESTED]


def _nested(annotation: Json, offset: int) -> Json:
    nested = annotation.get(_NESTED)
    flat = nested if isinstance(nested, dict) else annotation
    return {
        "type": _NESTED,
        _NESTED: {
            "start_index": _place(flat, "start_index", offset),
            "end_index": _place(flat, "end_index", offset),
            "title": flat.get("title") or "",
            "url": flat.get("url") or "",
        },
    }


def _place(flat: Json, key: str, offset: int) -> int:
    value = flat.get(key)
    return offset + (value if isinstance(value, int) else 0)
