"""Has a person just spoken? Over the real requests of each API."""

from typing import Any

import pytest

from extproc.dialects.api import Api
from extproc.sessions.turns import is_user_turn
from tests.sessions.asking import asked, assistant, user

SAID = [user("fix the bug"), assistant("Fixed it.")]
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "fn main() {}"}
USE = assistant([{"type": "tool_use", "id": "t1", "name": "read", "input": {}}])
PNG = "data:image/png;base64,iVBORw0KGgo="
REMINDER = "<system-reminder>\nUse the todo list.\n</system-reminder>"


def used(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Messages API: a tool's result, and what stands beside it."""
    return [user("go"), USE, user([{"type": "tool_result", "tool_use_id": "t1", "content": "ok"}, *more])]


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


CHAT = [
    ([user("write a haiku")], True),
    ([*SAID, user("now write the tests")], True),
    ([user("go"), CALL, RESULT], False),
    ([user("go"), CALL, RESULT, assistant("Fixed."), user("and tests")], True),
    (SAID, False),
    ([*SAID, user("")], False),
    ([*SAID, user("  \n\t ")], False),
    ([*SAID, user([])], False),
    ([*SAID, user([text("  ")])], False),
    ([*SAID, user([{"type": "image_url", "image_url": {"url": PNG}}])], True),
    ([*SAID, user(REMINDER)], False),
    ([*SAID, user(f"{REMINDER}\nand now?")], True),
    ([*SAID, user(f"<user-prompt-submit-hook>x</user-prompt-submit-hook>{REMINDER}")], False),
    ([*SAID, user("<system-reminder>cut off, and now?")], False),
    ([*SAID, user("a <b>bold</b> word")], True),
]
MESSAGES = [
    (used(), False),
    (used(text("actually, explain it too")), True),
    (used(text(REMINDER)), False),
    (
        [
            *SAID,
            user(
                [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
                    }
                ]
            ),
        ],
        True,
    ),
    ([*SAID, user([text(REMINDER), text("go on")])], True),
]
RESPONSES = [
    ("write a haiku", True),
    ("", False),
    (
        [
            user("go"),
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "ok"},
        ],
        False,
    ),
    (
        [
            user("go"),
            {"type": "custom_tool_call", "call_id": "c1", "name": "f", "input": "x"},
            {"type": "custom_tool_call_output", "call_id": "c1", "output": "ok"},
        ],
        False,
    ),
    ([user("go"), assistant("done"), user("again")], True),
]
CASES = [
    *((Api.CHAT, {"messages": messages}, expected) for messages, expected in CHAT),
    *((Api.MESSAGES, {"max_tokens": 9, "messages": messages}, expected) for messages, expected in MESSAGES),
    *((Api.RESPONSES, {"input": said}, expected) for said, expected in RESPONSES),
    (Api.RESPONSES, {"input": []}, False),
]


@pytest.mark.parametrize(("api", "body", "expected"), CASES)
def test_only_what_a_person_says_is_a_users_turn(api: Api, body: dict[str, Any], expected: bool) -> None:
    assert expected == is_user_turn(asked(api, body))
