"""Which items go on into the next turn, and how they are written there."""

import json
from typing import Any

import msgspec
import pytest

from extproc.conversations.items import in_history, is_readable, lasting, named

MESSAGE = {"type": "message", "role": "assistant", "content": []}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "x"}


def raw(item: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(item).encode())


@pytest.mark.parametrize(
    ("item", "lasts"),
    [
        (MESSAGE, True),
        ({**MESSAGE, "status": "incomplete"}, True),
        (CALL, True),
        ({**CALL, "status": "completed"}, True),
        ({**CALL, "status": "incomplete"}, False),
        ({**CUSTOM, "status": "in_progress"}, False),
        ({"type": "web_search_call", "id": "ws_1", "status": "failed"}, True),
        ({"type": "reasoning", "id": "rs_1", "status": "incomplete"}, True),
        ({"type": 7}, True),
    ],
)
def test_a_call_that_was_cut_off_does_not_last(item: Any, lasts: bool) -> None:
    """Its arguments are no JSON, and nobody will answer it."""
    assert ([raw(item)] if lasts else []) == lasting([raw(item)])


@pytest.mark.parametrize(
    "item",
    [
        MESSAGE,
        {"role": "user", "content": "short"},
        CALL,
        CUSTOM,
        {"type": "function_call_output", "call_id": "c", "output": "x"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "x"},
    ],
)
def test_ordinary_items_need_no_names(item: dict[str, Any]) -> None:
    """A provider that was told to store nothing would look for the id, and for the reasoning beside it."""
    assert item == msgspec.json.decode(in_history(raw({"id": "x_1", **item, "status": "completed"})))


@pytest.mark.parametrize(
    "item",
    [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "item_reference", "id": "msg_1"},
        {"type": 7, "id": "x"},
    ],
)
def test_the_others_stay_as_they_are(item: dict[str, Any]) -> None:
    """Encrypted reasoning belongs to its id."""
    assert raw(item) == in_history(raw(item))


@pytest.mark.parametrize(
    ("encrypted", "readable"),
    [("gAAAA", True), (None, False), ("", False), ('plano1:["x",null,"s",null]', False)],
)
def test_reasoning_is_readable_to_who_encrypted_it(encrypted: str | None, readable: bool) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": encrypted}

    assert readable == is_readable(raw(item))


def test_everything_else_is_readable() -> None:
    assert is_readable(raw(MESSAGE))


def test_each_input_item_has_an_id() -> None:
    """Its own, or one that says which answer it was first input of."""
    given = [
        raw({"role": "user", "content": "x"}),
        raw({**CALL, "id": "fc_own"}),
        raw(CALL),
        raw({**MESSAGE, "id": None}),
    ]

    ids = [msgspec.json.decode(item)["id"] for item in named(given, "resp_planoab")]

    assert ["msg_planoabi0000", "fc_own", "fc_planoabi0002", "msg_planoabi0003"] == ids


def test_no_two_input_items_have_the_same_id() -> None:
    """Some providers name them all alike, and a page would begin behind the wrong one."""
    ids = [
        msgspec.json.decode(item)["id"] for item in named([raw({**MESSAGE, "id": "msg_1"})] * 2, "resp_ab")
    ]

    assert ["msg_1", "msg_abi0001"] == ids
