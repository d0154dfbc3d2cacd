"""The answers to ``GET /v1/models`` and ``GET /v1/models/{id}``, in OpenAI's and in Anthropic's shape."""

from typing import Any, Final
from urllib.parse import unquote

import msgspec

from extproc.routing.models import ModelEntry, ModelTable

CORS: Final = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "GET, POST, OPTIONS"),
    ("access-control-allow-headers", "Authorization, Content-Type"),
)
"""Web pages may read the list; the preflight is answered with these alone."""

_PATH: Final = "/v1/models/"
_CREATED: Final = 0
_CREATED_AT: Final = "1970-01-01T00:00:00Z"
"""Both APIs want a time of creation; we know none, and the epoch says so (Anthropic's documented way)."""


def models(table: ModelTable, anthropic: bool) -> bytes:
    """The body of the whole list."""
    entries = table.listing()
    if not anthropic:
        return msgspec.json.encode({"object": "list", "data": [_openai(entry) for entry in entries]})
    return msgspec.json.encode(
        {
            "data": [_anthropic(entry) for entry in entries],
            "has_more": False,
            "first_id": entries[0].id if entries else None,
            "last_id": entries[-1].id if entries else None,
        }
    )


def model(table: ModelTable, path: str, anthropic: bool) -> bytes:
    """The body for the one model that `path` names, its slashes encoded or not. Raises `ModelNotFound`."""
    name = unquote(path.partition("?")[0].removeprefix(_PATH).removesuffix("/"))
    entry = table.find(name)
    if entry is None:
        raise table.not_found(name)
    return msgspec.json.encode(_anthropic(entry) if anthropic else _openai(entry))


def _openai(entry: ModelEntry) -> dict[str, Any]:
    return {"id": entry.id, "object": "model", "created": _CREATED, "owned_by": entry.owned_by}


def _anthropic(entry: ModelEntry) -> dict[str, Any]:
    return {
        "type": "model",
        "id": entry.id,
        "display_name": entry.id,
        "created_at": _CREATED_AT,
        "lifecycle": "active",
    }
