"""What is kept of one answer."""

import json
from typing import Any

import msgspec
import pytest

from extproc import limits
from extproc.conversations.record import decoded, encoded

HELLO = {"id": "msg_1", "role": "user", "content": "Hello"}
ANSWER = {"id": "msg_2", "type": "message", "role": "assistant", "status": "completed", "content": []}
CUT = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "c",
    "name": "f",
    "arguments": "{",
    "status": "incomplete",
}


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def test_what_was_kept_is_what_comes_back() -> None:
    """Byte for byte."""
    response = msgspec.Raw(b'{"id": "resp_1",  "output": [], "temperature": 1.0}')
    value = encoded(response, "resp_1", [raw(HELLO)])

    assert value is not None
    record = decoded(value)
    assert record is not None
    assert (response, [raw(HELLO)]) == (record.response, record.input)


def test_the_history_is_the_input_and_the_answer() -> None:
    value = encoded(raw({"output": [ANSWER, CUT]}), "resp_1", [raw(HELLO)])

    assert value is not None
    record = decoded(value)
    assert record is not None
    assert [HELLO, ANSWER] == [msgspec.json.decode(item) for item in record.history()]


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[]", b'{"response": {}, "input": [], "version": 2}', b"\xff"]
)
def test_what_cannot_be_read_is_gone(value: bytes) -> None:
    assert decoded(value) is None


def test_what_is_too_long_is_not_kept() -> None:
    long = raw({"text": "x" * limits.RESPONSE_BYTES_MAX})

    assert encoded(long, "resp_1", []) is None
    assert encoded(raw({}), "resp_1", [raw({"id": "x"})] * (limits.RESPONSE_ITEMS_MAX + 1)) is None
    assert encoded(raw({}), "resp_1", [raw({"id": "x"})] * limits.RESPONSE_ITEMS_MAX) is not None
