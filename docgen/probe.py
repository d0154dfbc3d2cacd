"""A probe: one field of a request, sent through the real translation from one API to another."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from extproc.dialects.api import Api
from extproc.dialects.registry import UPSTREAM_DIALECTS
from extproc.errors import InvalidRequest, PreviousResponseNotFound
from extproc.translation.request import translate

Json = dict[str, Any]

MODELS: Final = {
    Api.CHAT: "gpt-5",
    Api.RESPONSES: "gpt-5",
    Api.MESSAGES: "claude-sonnet-4-5",
    Api.CONVERSE: "anthropic.claude-sonnet-4-5-20250929-v1:0",
}
"""The model that is asked by each API: what a model does not take depends on it."""

_VALUE_CHARS_MAX: Final = 60
_INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Probe:
    """Two requests that differ by one thing."""

    label: str
    """What differs, as Markdown."""
    without: Json
    beside: Json = field(default_factory=dict)
    """Fields of the request that has it, over those of the one without."""

    def cell(self, client: Api, upstream: Api) -> str:
        """What becomes of it, as Markdown."""
        before, known = _written(self.without, client, upstream)
        try:
            after, lost = _written(self.without | self.beside, client, upstream)
        except PreviousResponseNotFound:
            return "kept [here](responses-state.md)"
        except InvalidRequest:
            return "**refused**"
        differs = list(dict.fromkeys(changes(before, after)))
        told = [f"`{_INDEX.sub('[]', path)}`" for path in lost if path not in known]
        if not differs:
            return "lost" if told else "—"
        return "<br>".join([*differs, *(f"lost: {path}" for path in dict.fromkeys(told))])


def _written(body: Json, client: Api, upstream: Api) -> tuple[Json, tuple[str, ...]]:
    crossing = translate(msgspec.json.encode(body), client, upstream, MODELS[upstream])
    return msgspec.json.decode(crossing.body), crossing.lost


def changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where `after` says more than `before`, less, or something else; as Markdown."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _changed_fields(before, after, f"{path}." if path else "")
    elif isinstance(before, list) and isinstance(after, list):
        yield from _changed_items(before, after, f"{path}[]")
    elif before != after:
        yield _shown(path, after)


def _changed_fields(before: Json, after: Json, prefix: str) -> Iterator[str]:
    for key, value in after.items():
        if key in before:
            yield from changes(before[key], value, prefix + key)
        else:
            yield _shown(prefix + key, value)
    for key in before:
        if key not in after:
            yield f"without `{prefix}{key}`"


def _changed_items(before: list[Any], after: list[Any], place: str) -> Iterator[str]:
    """Items are compared from either end, so that one in the middle shows as what it is: new."""
    head = next((i for i, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), None)
    head = min(len(before), len(after)) if head is None else head
    tail = min(len(before), len(after)) - head
    while tail and before[len(before) - tail :] != after[len(after) - tail :]:
        tail -= 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for i, item in enumerate(new):
        if i < len(old) and (len(old) == len(new) or _kind(old[i]) == _kind(item)):
            yield from changes(old[i], item, place)
        else:
            yield f"`{place}` {_kind(item)}"
    if len(new) < len(old):
        yield f"without some `{place}`"


def _kind(item: object) -> str:
    """How one item of a list is called: by its type, its role, or its only key."""
    if not isinstance(item, dict):
        return _code(item)
    if "type" in item and (item["type"] != "message" or "role" not in item):
        return f"`{item['type']}`"
    if "role" in item:
        return f"role `{item['role']}`"
    return " ".join(f"`{key}`" for key in item)


def _shown(path: str, value: object) -> str:
    text = _code(value)
    if len(text) <= _VALUE_CHARS_MAX:
        return f"`{path}`: {text}"
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        return _shown(f"{path}.{key}", inner)
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        kinds = dict.fromkeys(map(_kind, value))
        return f"`{path}[]` {' '.join(kind for kind in kinds if len(kinds) == 1 or kind != '`text`')}"
    return f"`{path}`"


def _code(value: object) -> str:
    return f"`{msgspec.json.encode(value).decode()}`".replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def crossings(probes: Iterable[Probe], client: Api, first: str) -> str:
    """One table: a row a probe, a column each API that `client`'s request can be written for."""
    targets = [api for api in UPSTREAM_DIALECTS if api is not client]
    rows = ([probe.label, *(probe.cell(client, target) for target in targets)] for probe in probes)
    return table([first, *(NAMES[target] for target in targets)], rows)


NAMES: Final = {
    Api.CHAT: "Chat Completions",
    Api.RESPONSES: "Responses",
    Api.MESSAGES: "Messages",
    Api.CONVERSE: "Converse",
    Api.OPENAI: "other OpenAI operations",
}
"""What the page calls the APIs."""
