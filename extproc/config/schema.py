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
    return {**head, **_tidy(Config.model_json_schema())}


def text() -> str:
    """The schema as it stands in ``config/schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Without titles, which repeat the names of keys, and without defaults that say nothing."""
    if isinstance(node, list):
        return [_tidy(value) for value in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not _says_nothing(key, value)}
    return {key: _tidy_each(value) if key == "properties" else _tidy(value) for key, value in kept.items()}


def _tidy_each(properties: dict[str, Any]) -> dict[str, Any]:
    """The schemas of properties: a key of a config may well be called ``default``."""
    return {name: _tidy(schema) for name, schema in properties.items()}


def _says_nothing(key: str, value: Any) -> bool:
    return key == "title" or (key == "default" and (value in (None, []) or isinstance(value, dict)))


if __name__ == "__main__":
    sys.stdout.write(text())
