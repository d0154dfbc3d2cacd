"""Typed looks into a JSON object: what is missing or ``null`` is ``None``, another type is an error.

`at` is the object's own path, e.g. ``messages[2].content[0]`` (``""``: the body), for the error to point to.
"""

from typing import Any

from extproc.errors import InvalidRequest

Json = dict[str, Any]


def path_of(at: str, key: str) -> str:
    """The path of `key` in the object at `at`."""
    return f"{at}.{key}" if at else key


def invalid(path: str, expected: str) -> InvalidRequest:
    """The error for a value that cannot be read: ``messages[0].role: expected a string.``"""
    return InvalidRequest(f"{path or 'body'}: expected {expected}.", param=path or None)


def text(obj: Json, key: str, at: str) -> str | None:
    """A string."""
    value = obj.get(key)
    if value is None or isinstance(value, str):
        return value
    raise invalid(path_of(at, key), "a string")


def required_text(obj: Json, key: str, at: str) -> str:
    """A string that must be there."""
    value = obj.get(key)
    if isinstance(value, str):
        return value
    raise invalid(path_of(at, key), "a string")


def flag(obj: Json, key: str, at: str) -> bool | None:
    """A boolean."""
    value = obj.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise invalid(path_of(at, key), "a boolean")


def integer(obj: Json, key: str, at: str) -> int | None:
    """A whole number; ``8.0`` is one (JSON knows one kind of number)."""
    value = obj.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise invalid(path_of(at, key), "an integer")


def number(obj: Json, key: str, at: str) -> float | None:
    """A number."""
    value = obj.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _as_float(value, path_of(at, key))
    raise invalid(path_of(at, key), "a number")


def _as_float(value: float, path: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise invalid(path, "a number of ordinary size") from None


def mapping(obj: Json, key: str, at: str) -> Json | None:
    """An object."""
    value = obj.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise invalid(path_of(at, key), "an object")


def required_mapping(obj: Json, key: str, at: str) -> Json:
    """An object that must be there."""
    value = obj.get(key)
    if isinstance(value, dict):
        return value
    raise invalid(path_of(at, key), "an object")


def array(obj: Json, key: str, at: str) -> list[Any]:
    """An array; missing is empty."""
    value = obj.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise invalid(path_of(at, key), "an array")


def objects(obj: Json, key: str, at: str) -> list[tuple[str, Json]]:
    """An array of objects, each with its path; missing is empty."""
    items = array(obj, key, at) if key in obj else ()
    if not items:
        return []
    path = path_of(at, key)
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise invalid(f"{path}[{i}]", "an object")
    return [(f"{path}[{i}]", item) for i, item in enumerate(items)]


def as_object(value: object, path: str) -> Json:
    """`value`, which must be an object."""
    if isinstance(value, dict):
        return value
    raise invalid(path, "an object")


def strings(obj: Json, key: str, at: str) -> tuple[str, ...]:
    """A string, or an array of them; missing is empty."""
    value = obj.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise invalid(path_of(at, key), "a string or an array of strings")


def string_map(obj: Json, key: str, at: str) -> dict[str, str] | None:
    """An object whose values are strings; empty is ``None``."""
    value = mapping(obj, key, at)
    for name, item in (value or {}).items():
        if not isinstance(item, str):
            raise invalid(f"{path_of(at, key)}.{name}", "a string")
    return value or None


def left_over(obj: Json, known: frozenset[str], at: str) -> list[str]:
    """Paths of what `obj` says besides `known`."""
    if known.issuperset(obj):
        return []
    return [path_of(at, key) for key, value in obj.items() if key not in known and value is not None]
