"""Ids of what is kept here. Nobody can guess one, and none looks like a provider's."""

import re
import secrets
from typing import Final

_PREFIX: Final = "resp_plano"
"""The ids that providers make go on with a digit, or a letter up to ``f``."""
_OURS: Final = re.compile(rf"{_PREFIX}[0-9a-f]{{32}}")

_ITEM_PREFIXES: Final = {
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
}
"""By an item's type; ``msg`` for all others."""


def new_id() -> str:
    """An id for an answer: 128 bits of chance."""
    return _PREFIX + secrets.token_hex(16)


def is_ours(response_id: str) -> bool:
    """Whether the id was made here; the answer may be gone."""
    return _OURS.fullmatch(response_id) is not None


def input_item_id(response_id: str, kind: str, index: int) -> str:
    """The id of the input item at `index` of one answer, which its client gave none."""
    core = response_id.removeprefix("resp_")
    return f"{_ITEM_PREFIXES.get(kind, 'msg')}_{core}i{index:04x}"
