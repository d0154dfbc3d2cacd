"""What is kept, as the API shows it: an answer, its deletion, a page of its input items."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from extproc.conversations.items import ORDINARY
from extproc.conversations.members import read
from extproc.conversations.record import Record
from extproc.dialects.openai_responses.output_items import text_part
from extproc.errors import InvalidRequest
from extproc.limits import RESPONSE_ITEMS_SHOWN, RESPONSE_ITEMS_SHOWN_MAX

Json = dict[str, Any]


class Page(msgspec.Struct, frozen=True, gc=False):
    """Which items are wanted."""

    limit: int = RESPONSE_ITEMS_SHOWN
    order: Literal["asc", "desc"] = "desc"
    after: str | None = None
    """The id of the item that the page begins behind, in its order."""


def page_of(query: Mapping[str, str]) -> Page:
    """Read a query; raises `InvalidRequest`. What it says besides, such as ``include``, changes nothing."""
    limit, order = query.get("limit", str(RESPONSE_ITEMS_SHOWN)), query.get("order", "desc")
    if not limit.isdecimal() or not 1 <= int(limit[:9]) <= RESPONSE_ITEMS_SHOWN_MAX:
        raise InvalidRequest(f"'limit' must be 1 to {RESPONSE_ITEMS_SHOWN_MAX}.", param="limit")
    if order not in ("asc", "desc"):
        raise InvalidRequest("'order' must be 'asc' or 'desc'.", param="order")
    return Page(int(limit), "asc" if order == "asc" else "desc", query.get("after") or None)


def input_items(record: Record, page: Page) -> Json:
    """A page of the items that the answer was made from, those of earlier turns among them.

    Raises `InvalidRequest` where there is no item to begin behind.
    """
    shown = [_shown(item) for item in record.input]
    if page.order == "desc":
        shown.reverse()
    start = 0
    if page.after is not None:
        ids = [item["id"] for item in shown]
        if page.after not in ids:
            raise InvalidRequest(f"There is no item '{page.after[:64]}'.", param="after")
        start = ids.index(page.after) + 1
    found = shown[start : start + page.limit]
    return {
        "object": "list",
        "data": found,
        "first_id": found[0]["id"] if found else None,
        "last_id": found[-1]["id"] if found else None,
        "has_more": start + page.limit < len(shown),
    }


def deletion(response_id: str) -> Json:
    """The answer to a deletion."""
    return {"id": response_id, "object": "response", "deleted": True}


def _shown(item: msgspec.Raw) -> Json:
    """An item with what its client could leave out."""
    told: Json = read(item)
    shown = {"id": None, "type": "message", **told}
    if shown["type"] in ORDINARY:
        shown.setdefault("status", "completed")
    content = shown.get("content")
    if shown["type"] == "message" and isinstance(content, str):
        said = text_part(content) if shown.get("role") == "assistant" else _input_text(content)
        shown["content"] = [said]
    return shown


def _input_text(text: str) -> Json:
    return {"type": "input_text", "text": text}
