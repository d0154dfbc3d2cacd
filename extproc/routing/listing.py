"""The bodies of ``GET /v1/models`` and ``GET /v1/models/{id}``, in OpenAI's and Anthropic's shape."""

from typing import Any, Final
from urllib.parse import unquote

import msgspec

from extproc.errors import ModelNotFound
from extproc.routing.models import ModelEntry, ModelTable

CORS: Final = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "GET, POST, OPTIONS"),
    ("access-control-allow-headers", "Authorization, Content-Type"),
)
"""Headers for browsers, as Plano sends them."""

_PATH: Final = "/v1/models/"
# Nobody publishes when a model was made available in the form that a config names it; clients need some time.
_CREATED: Final = 0
_CREATED_AT: Final = "1970-01-01T00:00:00Z"

_encode = msgspec.json.Encoder().encode


def models(table: ModelTable, anthropic: bool) -> bytes:
    """All models, in one page."""
    entries = table.listing()
    if not anthropic:
        return _encode({"object": "list", "data": [_openai(entry) for entry in entries]})
    ids = [entry.id for entry in entries]
    return _encode(
        {
            "data": [_anthropic(entry) for entry in entries],
            "has_more": False,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
        }
    )


def model(table: ModelTable, path: str, anthropic: bool) -> bytes:
    """The model that `path` names, its slash encoded or not; raises `ModelNotFound`."""
    name = unquote(path.partition("?")[0].removeprefix(_PATH)).removesuffix("/")
    entry = table.find(name)
    if entry is None:
        raise ModelNotFound(f"The model '{name}' is not configured.", param="model")
    return _encode(_anthropic(entry) if anthropic else _openai(entry))


def _openai(entry: ModelEntry) -> dict[str, Any]:
    return {"id": entry.id, "object": "model", "created": _CREATED, "owned_by": entry.owned_by}


def _anthropic(entry: ModelEntry) -> dict[str, Any]:
    return {"type": "model", "id": entry.id, "display_name": entry.id, "created_at": _CREATED_AT}
