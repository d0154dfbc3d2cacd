"""Items of a conversation: which of an answer's go on into the next turn, and how they are written there."""

from collections.abc import Iterable
from typing import Final

import msgspec

from extproc.conversations.ids import input_item_id
from extproc.conversations.members import items, members, with_members, written
from extproc.dialects import sealed

_CALLS: Final = ("function_call", "custom_tool_call")
ORDINARY: Final = ("message", *_CALLS, "function_call_output", "custom_tool_call_output")
"""Types of the items that have a status. Their ids are only names: what they say stands in them."""
_NAMES: Final = ("id", "status")


class _Item(msgspec.Struct, gc=False):
    type: str | None = None
    """Absent from messages in short form."""
    id: str | None = None
    status: str | None = None
    encrypted_content: str | None = None

    @property
    def kind(self) -> str:
        return self.type or "message"


_decode: Final = msgspec.json.Decoder(_Item).decode


def _read(item: msgspec.Raw) -> _Item:
    """What can be read of it."""
    try:
        return _decode(item)
    except msgspec.DecodeError:
        return _Item("unknown")


def named(given: Iterable[msgspec.Raw], response_id: str) -> list[msgspec.Raw]:
    """The input items of an answer, each with an id that no other has: its own, else one of ours."""
    ids: set[str] = set()
    items_named: list[msgspec.Raw] = []
    for index, item in enumerate(given):
        told = _read(item)
        own = told.id if told.id and told.id not in ids else None
        item_id = own or input_item_id(response_id, told.kind, index)
        ids.add(item_id)
        items_named.append(item if own else with_members(item, {"id": written(item_id)}))
    return items_named


def lasting(output: Iterable[msgspec.Raw]) -> list[msgspec.Raw]:
    """Those of an answer's items that can be gone on from: all but calls whose arguments were cut off."""
    return [item for item in output if _lasts(_read(item))]


def _lasts(told: _Item) -> bool:
    return told.kind not in _CALLS or told.status in (None, "completed")


def in_history(item: msgspec.Raw) -> msgspec.Raw:
    """An item as the next turn's input says it.

    Without its id, where it says all by itself: by an id a provider looks for what it has stored.
    """
    if _read(item).kind not in ORDINARY:
        return item
    return written({name: value for name, value in members(item).items() if name not in _NAMES})


def is_readable(item: msgspec.Raw) -> bool:
    """Whether a provider of this API that has stored nothing can read an item of the history.

    Reasoning it can only where it is encrypted, by itself: another's is sealed.
    """
    told = _read(item)
    if told.kind != "reasoning":
        return True
    return bool(told.encrypted_content) and not sealed.is_sealed(told.encrypted_content or "")


def is_reasoning(item: msgspec.Raw) -> bool:
    """Whether it is a reasoning item."""
    return _read(item).kind == "reasoning"


def output_of(response: msgspec.Raw) -> list[msgspec.Raw]:
    """The output items of a ``response`` object; raises `msgspec.DecodeError` where they cannot be read."""
    output = members(response).get("output")
    return items(output) if output is not None else []
