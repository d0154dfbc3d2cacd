"""What of a request is conversation, read by the real dialects."""

import json

import pytest

from extproc.dialects.api import Api
from extproc.limits import ROUTED_TURNS_MAX
from extproc.routers.candidate import Turn
from extproc.routers.conversation import turns
from extproc.routers.reminders import without_reminders
from extproc.translation.request import read


def conversation(messages: object, api: Api = Api.CHAT, **more: object) -> tuple[Turn, ...]:
    key = "input" if api is Api.RESPONSES else "messages"
    body = json.dumps({"model": "m", "max_tokens": 1, key: messages, **more}).encode()
    return turns(read(body, api, "m"))


def test_instructions_tools_and_messages_without_text_are_no_turns() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    image = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}

    said = conversation(
        [
            {"role": "system", "content": "be brief"},
            {"role": "developer", "content": "be kind"},
            {"role": "user", "content": "weather?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "rain"},
            {"role": "assistant", "content": "It rains."},
            {"role": "user", "content": [image]},
            {
                "role": "user",
                "content": [{"type": "text", "text": "and"}, image, {"type": "text", "text": "now?"}],
            },
            {"role": "user", "content": "  "},
        ]
    )

    assert (Turn("user", "weather?"), Turn("assistant", "It rains."), Turn("user", "and\nnow?")) == said


@pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.RESPONSES])
def test_every_client_is_read_alike(api: Api) -> None:
    assert (Turn("user", "weather?"),) == conversation([{"role": "user", "content": "weather?"}], api)


def test_messages_put_a_tools_result_beside_what_the_user_says() -> None:
    """Anthropic's clients send both in one message."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": "rain"}
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    messages = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result, {"type": "text", "text": "go on"}]},
    ]

    assert (Turn("user", "weather?"), Turn("user", "go on")) == conversation(messages, Api.MESSAGES)


def test_the_newest_turns_are_kept() -> None:
    messages = [{"role": "user", "content": f"turn {number}"} for number in range(ROUTED_TURNS_MAX + 3)]

    said = conversation(messages)

    assert [f"turn {number}" for number in range(3, ROUTED_TURNS_MAX + 3)] == [turn.text for turn in said]


def test_what_a_coding_tool_adds_is_not_what_a_person_said() -> None:
    reminder = "<system-reminder>\nThe weather tool is there.\n</system-reminder>"
    messages = [
        {"role": "user", "content": [{"type": "text", "text": reminder}, {"type": "text", "text": "fix it"}]},
        {"role": "assistant", "content": "The tag <system-reminder> begins one."},
        {"role": "user", "content": reminder},
    ]

    assert (
        Turn("user", "fix it"),
        Turn("assistant", "The tag <system-reminder> begins one."),
    ) == conversation(messages)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        ("a<system-reminder>b</system-reminder>c", "ac"),
        ("a<system-reminder>b</system-reminder>c<system-reminder>d</system-reminder>e", "ace"),
        ("a<system-reminder>b", "a"),
        ("a<system-reminder>b<system-reminder>c</system-reminder>d", "ad"),
        ("<user-prompt-submit-hook>b</user-prompt-submit-hook> go", " go"),
        ("<system-reminder>b<user-prompt-submit-hook>c</system-reminder>go", "go"),
        ("</system-reminder>a < b", "</system-reminder>a < b"),
    ],
)
def test_an_envelope_goes_with_all_that_is_in_it(text: str, left: str) -> None:
    assert left == without_reminders(text)
