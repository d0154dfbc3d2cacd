"""The names in a router model's answer, however it dresses them.

Wanted is ``{"route": ["name", …]}``; models also give fences, prose, Python's quotes, one string instead of a
list, several objects (the last is what they settled on), or thoughts before it. So the key is looked for, the
newest first, and what follows it is read as JSON, or else searched for known names in quotes of any kind.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from extproc.limits import ROUTER_ANSWER_CHARS_MAX

_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
_KEY: Final = re.compile(rf"\\?[{_QUOTES}]?\broutes?\\?[{_QUOTES}]?\s*:\s*", re.IGNORECASE)
_KEYS_MAX: Final = 16
"""Places that are looked at: an answer has one, or a few while the model still thinks."""
_NOTHING: Final = re.compile(r"None\b|''|\\\"\\\"")
"""Besides JSON's own words for it."""
_LIST_OR_STRING: Final = re.compile(rf"\[[^\]]*(\]?)|\\?[{_QUOTES}][^\n]*()")
_UNKNOWN: Final = "?"
_decode: Final = json.JSONDecoder().raw_decode


def names(answer: str, known: Sequence[str]) -> tuple[str, ...] | None:
    """Those of `known` that `answer` names, in its order, each once; empty: it says that none fits.

    ``None``: it cannot be understood. Names that are not known are passed over. Never raises.
    """
    answer = _bare(answer)
    if found := _known([answer.strip(_QUOTES)], known):
        return found
    understood = not answer.strip("{} ")
    for at in _places(answer):
        said = _said(answer, at, known)
        if said is None:
            continue
        if found := _known(said, known):
            return found
        if not any(name.strip() for name in said):
            return ()
        understood = True  # but all unknown: the form's own example, perhaps, so look at what stood before
    return () if understood else None


def _bare(answer: str) -> str:
    """The end of it, without a fence around the whole."""
    answer = answer[-ROUTER_ANSWER_CHARS_MAX:].strip()
    return answer.removeprefix("```json").strip("`\n ")


def _places(answer: str) -> list[int]:
    """Where names may stand, the likeliest first: after the key, or at the beginning of a bare list."""
    ends = [match.end() for match in _KEY.finditer(answer)]
    return ends[: -_KEYS_MAX - 1 : -1] or ([0] if answer.startswith("[") else [])


def _said(answer: str, at: int, known: Sequence[str]) -> list[str] | None:
    """The names at `at`, known or not; ``None``: nothing that says names."""
    try:
        value, _ = _decode(answer, at)
    except (ValueError, RecursionError):
        return _searched(answer, at, known)
    match value:
        case None:
            return []
        case str():
            return [value, *value.split(",")]
        case list():
            return [_name(item) for item in value]
        case dict():
            return [_name(value)]
    return None


def _name(item: object) -> str:
    if isinstance(item, dict):
        item = item.get("name")
    return item if isinstance(item, str) else _UNKNOWN


def _searched(answer: str, at: int, known: Sequence[str]) -> list[str] | None:
    """The same of what is no JSON: known names between quotes, apostrophes within them or not."""
    if _NOTHING.match(answer, at):
        return []
    match = _LIST_OR_STRING.match(answer, at)
    if match is None:
        return None
    longest_first = sorted(filter(str.strip, known), key=len, reverse=True)
    quoted = rf"(?<=[{_QUOTES}])(?:{'|'.join(map(re.escape, longest_first))})(?=\\?[{_QUOTES}])"
    if longest_first and (found := re.findall(quoted, match[0], re.IGNORECASE)):
        return found
    if not match[1]:
        return None  # cut off, or a sentence that begins with a quotation
    return [_UNKNOWN] if match[0].strip(f"[]\\n \t{_QUOTES}") else []


def _known(said: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Those that are known, as they are written in the config."""
    names = {_folded(name): name for name in reversed(known)} | {name: name for name in known}
    found = (names.get(name) or names.get(_folded(name)) for name in said)
    return tuple(dict.fromkeys(name for name in found if name))


def _folded(name: str) -> str:
    return name.strip().casefold()
