"""How long a prompt is thought to be."""

from typing import Any

import pytest

from extproc.sessions.estimate import prompt_tokens
from tests.sessions.asking import assistant, chat, system, user

CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4000}}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user("")], 0),
        ([user("x" * 40)], 10),
        ([user("x" * 43)], 10),
        ([system("x" * 40), user("y" * 20), assistant("z" * 20)], 20),
        ([user("x" * 4), CALL], 3),
        ([user("x" * 4), CALL, {"role": "tool", "tool_call_id": "c", "content": "r" * 40}], 13),
        ([user([{"type": "text", "text": "x" * 8}, PICTURE])], 2),
    ],
)
def test_each_four_characters_are_a_token(messages: list[dict[str, Any]], expected: int) -> None:
    assert expected == prompt_tokens(chat(*messages))
