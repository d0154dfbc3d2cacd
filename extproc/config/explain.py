"""Pydantic's findings as sentences for people. The value at fault is never repeated: it may be a secret."""

import re
from difflib import get_close_matches
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from extproc.config.models.root import Config
from extproc.config.problems import KeyPath, Report

_SENTENCES: Final = {
    "missing": "is required",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entry",
    "literal_error": "must be {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "string_pattern_mismatch": "must start with a letter and hold letters, digits and _ alone",
    "invalid": "{message}",
}

_RENAMED: Final = {
    "filter_chain": "the key is called input_filters now",
    "orchestrator_model": "the key is called agent_orchestration_model now",
}
"""Keys of older Plano versions that no longer exist."""


def explain(error: ValidationError, value: Any, report: Report) -> list[tuple[KeyPath, str]]:
    """Report each finding; return where they are in the file, with pydantic's name for the fault."""
    faults = []
    for detail in error.errors(include_url=False):
        path = located(detail, value)
        message, hint = _sentence(detail, path)
        report.error(path, message, hint)
        faults.append((path, detail["type"]))
    return faults


def located(detail: ErrorDetails, value: Any) -> KeyPath:
    """The key path of a finding: its location without the names of unions' branches and of key checks."""
    path: KeyPath = ()
    location = detail["loc"]
    for index, step in enumerate(location):
        last = index == len(location) - 1
        if _has(value, step):
            value = value[step]
        elif not (last and detail["type"] == "missing"):
            continue
        path = (*path, step)
    return path


def _has(value: Any, step: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _sentence(detail: ErrorDetails, path: KeyPath) -> tuple[str, str | None]:
    kind, context, value = detail["type"], _whole_bounds(detail.get("ctx", {})), detail["input"]
    if kind == "extra_forbidden":
        return "unknown key", _suggestion(path)
    if value is None and kind not in ("missing", "union_tag_not_found"):
        return "has no value", "give it one, or remove the key"
    if kind == "union_tag_not_found":
        return f"needs the key {context['discriminator']}".replace("'", ""), None
    if kind not in _SENTENCES:
        return detail["msg"][:1].lower() + detail["msg"][1:], None
    message = _SENTENCES[kind].format_map(context)
    if "expected" in context or "expected_tags" in context:
        message = message.replace("'", "").replace("False", "false")
    if kind == "too_short" and context["min_length"] == 1:
        message = "must not be empty"
    return message, context.get("hint") or _advice(kind, context, value, path)


def _whole_bounds(context: dict[str, Any]) -> dict[str, Any]:
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in context.items()
    }


def _advice(kind: str, context: dict[str, Any], value: Any, path: KeyPath) -> str | None:
    if path == ("version",):
        return "version: v0.4.0 is the current one"
    if kind in ("literal_error", "union_tag_invalid") and isinstance(value, str | dict):
        options = re.findall(r"'([^']+)'", context.get("expected") or context["expected_tags"])
        written = value if isinstance(value, str) else str(context.get("tag", ""))
        return _did_you_mean(written, options)
    if _SENTENCES[kind] == "must be a mapping":
        return "target: MODEL" if path[:1] == ("model_aliases",) else "key: value lines"
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in quotes"
    return None


def _suggestion(path: KeyPath) -> str | None:
    key = str(path[-1])
    if key in _RENAMED:
        return _RENAMED[key]
    return _did_you_mean(key, [name for model in models_at(path[:-1]) for name in model.model_fields])


def _did_you_mean(written: str, options: list[str]) -> str | None:
    matches = get_close_matches(written.lower(), options, n=1)
    return f"did you mean {matches[0]}?" if matches else None


def models_at(path: KeyPath) -> list[type[BaseModel]]:
    """The models whose keys may stand at a path; several where a union offers a choice."""
    models: list[type[BaseModel]] = [Config]
    for step in path:
        fields = [model.model_fields[step] for model in models if step in model.model_fields]
        if fields:
            models = [model for field in fields for model in _models_in(field.annotation)]
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that a type is made of: through lists, mappings, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType, list, dict) or hasattr(annotation, "__metadata__"):
        return [model for part in get_args(annotation) for model in _models_in(part)]
    return []
