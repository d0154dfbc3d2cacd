"""A request of a conversation that is kept here, for a provider of the same API: it is to keep nothing."""

from typing import Final

import msgspec

from extproc.conversations.items import is_readable, is_reasoning
from extproc.conversations.members import Members, items, members, read, written
from extproc.providers.quirks import reasons

_INPUT: Final = "input"
_INCLUDE: Final = "include"
_ENCRYPTED: Final = "reasoning.encrypted_content"


def readable(body: bytes, carried: int, model: str) -> bytes:
    """`body` for `model`, without reasoning that it could not read; of its items, `carried` are history."""
    told = members(body)
    told[_INPUT], _ = _without_foreign(told, carried, model)
    return bytes(written(told))


def unstored(body: bytes, carried: int, model: str) -> bytes:
    """The same, with nothing to be stored.

    What has been thought must then come back from us, so that the answer must have it, encrypted. Models that
    do not reason refuse to be asked for that, and to be told what others have thought.
    """
    told = members(body)
    reasoning, thought = reasons(model), False
    if carried or reasoning is False:
        told[_INPUT], thought = _without_foreign(told, carried, model)
    told["store"] = msgspec.Raw(b"false")
    if reasoning is False:
        _exclude_encrypted(told)
    elif reasoning or thought or _asks_to_reason(told):
        _include_encrypted(told)
    return bytes(written(told))


def _without_foreign(told: Members, carried: int, model: str) -> tuple[msgspec.Raw, bool]:
    """The input, and whether there is reasoning in its history."""
    whole = told.get(_INPUT, msgspec.Raw(b'""'))
    if bytes(whole)[:1] != b"[":
        return whole, False
    given = items(whole)
    if reasons(model) is False:
        return written([item for item in given if not is_reasoning(item)]), False
    history = [item for item in given[:carried] if is_readable(item)]
    return written([*history, *given[carried:]]), any(map(is_reasoning, history))


def _asks_to_reason(told: Members) -> bool:
    config = read(told.get("reasoning"))
    return isinstance(config, dict) and config.get("effort") != "none"


def _include_encrypted(told: Members) -> None:
    wanted = read(told.get(_INCLUDE)) or []
    if isinstance(wanted, list) and _ENCRYPTED not in wanted:
        told[_INCLUDE] = written([*wanted, _ENCRYPTED])


def _exclude_encrypted(told: Members) -> None:
    wanted = read(told.get(_INCLUDE))
    if isinstance(wanted, list) and _ENCRYPTED in wanted:
        told[_INCLUDE] = written([value for value in wanted if value != _ENCRYPTED])
