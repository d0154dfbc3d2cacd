"""An operation: one method and path of a provider's API, as data."""

from dataclasses import dataclass
from enum import StrEnum

from extproc.dialects.api import Api


class BodyKind(StrEnum):
    """How an operation's body carries the model's name."""

    JSON = "json"
    """A JSON object with a ``model`` field."""
    MULTIPART = "multipart"
    """``multipart/form-data`` with a ``model`` part."""
    OPAQUE = "opaque"
    """A body without a model (or none at all): it passes, and goes to the default provider."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table in `extproc.dialects.operations`."""

    name: str
    """Stable id for logs and metrics, e.g. ``chat``, ``embeddings``, ``files.content``."""
    api: Api
    method: str
    path: str
    """Template, ``{}`` for one segment: ``/v1/files/{}/content``."""
    body: BodyKind
    model_optional: bool = False
    """The API has a default for ``model``: a body that names none goes to the default provider as it is."""
