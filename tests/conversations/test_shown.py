"""What is kept, as the official SDK reads it."""

import json
from typing import Any

import msgspec
import pytest
from openai.types.responses import ResponseItem
from openai.types.responses.response_item_list import ResponseItemList
from pydantic import TypeAdapter

from extproc.conversations.items import named
from extproc.conversations.record import Record
from extproc.conversations.shown import Page, deletion, input_items, page_of
from extproc.errors import InvalidRequest

ITEMS: dict[str, Any] = {
    "a short message": {"role": "user", "content": "Hello"},
    "a short answer": {"role": "assistant", "content": "Hello"},
    "a message": {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "x"}]},
    "a picture": {
        "role": "user",
        "content": [{"type": "input_image", "image_url": "https://example.org/a.png", "detail": "auto"}],
    },
    "an answer": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "x", "annotations": [], "logprobs": []}],
    },
    "a call": {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    "its output": {"type": "function_call_output", "call_id": "c", "output": "42"},
    "a custom call": {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "x"},
    "its output, too": {"type": "custom_tool_call_output", "call_id": "c", "output": "42"},
    "reasoning": {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
}


def record(*items: Any) -> Record:
    given = [msgspec.Raw(json.dumps(item).encode()) for item in items]
    return Record(msgspec.Raw(b"{}"), named(given, "resp_1"))


def numbered(count: int) -> Record:
    return record(*({"id": f"msg_{n}", "role": "user", "content": str(n)} for n in range(count)))


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["data"]]


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
def test_the_sdk_reads_every_item(item: Any) -> None:
    (shown,) = input_items(record(item), Page())["data"]

    parsed = TypeAdapter(ResponseItem).validate_python(shown)

    assert shown == parsed.model_dump(exclude_unset=True)


def test_the_sdk_reads_a_list() -> None:
    page = input_items(record(*ITEMS.values()), Page())

    assert len(ITEMS) == len(ResponseItemList.model_validate(page).data)


def test_the_newest_come_first() -> None:
    """As at OpenAI, where nothing else is said."""
    page = input_items(numbered(3), Page())

    assert ["msg_2", "msg_1", "msg_0"] == ids(page)
    assert ("msg_2", "msg_0", False) == (page["first_id"], page["last_id"], page["has_more"])


@pytest.mark.parametrize(
    ("page", "found", "has_more"),
    [
        (Page(2), ["msg_4", "msg_3"], True),
        (Page(2, after="msg_3"), ["msg_2", "msg_1"], True),
        (Page(2, after="msg_1"), ["msg_0"], False),
        (Page(2, after="msg_0"), [], False),
        (Page(2, "asc"), ["msg_0", "msg_1"], True),
        (Page(5, "asc"), ["msg_0", "msg_1", "msg_2", "msg_3", "msg_4"], False),
        (Page(3, "asc", "msg_1"), ["msg_2", "msg_3", "msg_4"], False),
    ],
)
def test_pages(page: Page, found: list[str], has_more: bool) -> None:
    told = input_items(numbered(5), page)

    assert (found, has_more) == (ids(told), told["has_more"])


def test_an_empty_list_has_neither_first_nor_last() -> None:
    page = input_items(record(), Page())

    assert ([], None, None, False) == (page["data"], page["first_id"], page["last_id"], page["has_more"])


def test_behind_an_unknown_item_there_is_nothing() -> None:
    with pytest.raises(InvalidRequest) as refused:
        input_items(numbered(2), Page(after="msg_9"))

    assert "after" == refused.value.param


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ({}, Page(20, "desc", None)),
        ({"limit": "100", "order": "asc", "after": "msg_1"}, Page(100, "asc", "msg_1")),
        ({"include[]": "file_search_call.results", "after": ""}, Page()),
    ],
)
def test_a_query_says_which_page(query: dict[str, str], page: Page) -> None:
    assert page == page_of(query)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"order": "up"}, "order"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, str], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        page_of(query)

    assert param == refused.value.param


def test_a_deletion() -> None:
    assert {"id": "resp_1", "object": "response", "deleted": True} == deletion("resp_1")
