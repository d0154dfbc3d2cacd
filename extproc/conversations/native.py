"""A request of a conversation that is kept here, for a provider of the same API: it is to keep nothing."""

from typing import Final

import msgspec

from extproc.conversations.items import is_readable, is_reasoning
from extproc.conversations.members import Members, items, members, read, written
from extproc.providers.quirks import reasons

_ENCRYPTED: Final = "reasoning.encrypted_content"


def readable(body: bytes, carried: int) -> bytes:
    """`body` without the items among its first `carried` ones that the provider could not read."""
    told = members(body)
    told["input"], _ = _without_foreign(told, carried)
    return bytes(written(told))


def unstored(body: bytes, carried: int, model: str) -> bytes:
    """The same for `model`, with nothing to be stored.

    What has been thought must then come back from us, so that the answer must have it, encrypted. Models that
    do not reason refuse to be asked for that.
    """
    told = members(body)
    thought = False
    if carried:
        told["input"], thought = _without_foreign(told, carried)
    told["store"] = msgspec.Raw(b"false")
    if thought or reasons(model) or _asks_to_reason(told):
        told["include"] = _with_encrypted(told.get("include"))
    return bytes(written(told))


def _without_foreign(told: Members, carried: int) -> tuple[msgspec.Raw, bool]:
    """The input, and whether there is reasoning in its history."""
    given = items(told["input"])
    history = [item for item in given[:carried] if is_readable(item)]
    return written([*history, *given[carried:]]), any(map(is_reasoning, history))


def _asks_to_reason(told: Members) -> bool:
    config = read(told.get("reasoning"))
    return isinstance(config, dict) and config.get("effort") != "none"


def _with_encrypted(include: msgspec.Raw | None) -> msgspec.Raw:
    wanted = read(include)
    if wanted is None:
        return written([_ENCRYPTED])
    if not isinstance(wanted, list) or _ENCRYPTED in wanted:
        assert include is not None
        return include
    return written([*wanted, _ENCRYPTED])
