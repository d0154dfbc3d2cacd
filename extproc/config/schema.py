"""JSON Schema of the config, for editors: ``python -m extproc.config.schema > config/schema.json``.

It says what the models say. What must hold between values (`extproc.config.rules`) no schema can say.
"""

import json
import sys
from typing import Any, Final

from extproc.config.models.root import Config

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of a whole config file."""
    head = {"$schema": _DIALECT, "title": "plano-extproc configuration"}
    return {**head, **_without_titles(Config.model_json_schema())}


def text() -> str:
    """The schema as it stands in ``config/schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_titles(node: Any) -> Any:
    """Pydantic's titles only repeat the names of keys."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
        return {key: _without_titles(value) for key, value in kept.items()}
    return [_without_titles(value) for value in node] if isinstance(node, list) else node


if __name__ == "__main__":
    sys.stdout.write(text())
