"""Custom tools cross to providers that have none, and come back as what they were."""

import json

import pytest

from extproc.dialects.api import Api
from extproc.providers.table import profile
from extproc.translation.answer import StreamedAnswer, WholeAnswer
from extproc.translation.request import Crossing, translate

PATCH = '*** Begin Patch\n"quoted"\n*** End Patch'
REQUEST = {
    "model": "m",
    "stream": False,
    "input": [
        {"role": "user", "content": "fix it"},
        {"type": "custom_tool_call", "call_id": "call_1", "name": "apply_patch", "input": PATCH},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "done"},
    ],
    "tools": [
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Patches files.",
            "format": {"type": "text"},
        },
        {"type": "function", "name": "ls", "parameters": {"type": "object"}, "strict": False},
    ],
    "tool_choice": {"type": "custom", "name": "apply_patch"},
}


END = b'data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'


def chunk(index: int, name: str, arguments: str) -> bytes:
    function = {"name": name, "arguments": arguments}
    call = {"index": index, "id": f"call_{index}", "type": "function", "function": function}
    event = {"id": "1", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def crossed(upstream: Api, *, stream: bool = False, provider: str = "anthropic") -> Crossing:
    body = json.dumps(REQUEST | {"stream": stream}).encode()
    return translate(body, Api.RESPONSES, upstream, "claude-sonnet-4-5", profile(provider))


def test_a_custom_tool_crosses_as_a_function_of_one_text() -> None:
    """Offer, forced choice, call and result alike."""
    sent = json.loads(crossed(Api.MESSAGES).body)

    offered, plain = sent["tools"]
    assert ("apply_patch", "ls") == (offered["name"], plain["name"])
    assert ["input"] == offered["input_schema"]["required"]
    assert {"type": "tool", "name": "apply_patch"} == sent["tool_choice"]
    call = sent["messages"][1]["content"][0]
    assert ("tool_use", {"input": PATCH}) == (call["type"], call["input"])


def test_openai_keeps_its_custom_tools() -> None:
    """Its Chat API has them too."""
    sent = json.loads(crossed(Api.CHAT, provider="openai").body)

    assert "custom" == sent["tools"][0]["type"]


@pytest.mark.parametrize("provider", ["groq", "mistral"])
def test_others_with_openais_api_are_told_functions(provider: str) -> None:
    """They refuse a tool of another type."""
    sent = json.loads(crossed(Api.CHAT, provider=provider).body)

    assert ["function", "function"] == [tool["type"] for tool in sent["tools"]]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [(json.dumps({"input": PATCH}), PATCH), ('{"other":1}', '{"other":1}'), ("", "")],
    ids=["as asked", "something else", "nothing"],
)
def test_a_call_comes_back_as_a_custom_one(arguments: str, given: str) -> None:
    """Whole."""
    answer = crossed(Api.CHAT, provider="groq").answer(200, "application/json")
    assert isinstance(answer, WholeAnswer)
    call = {"id": "call_2", "type": "function", "function": {"name": "apply_patch", "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = {"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}

    output = json.loads(answer.turn(json.dumps(body).encode()).body)["output"]

    assert [("custom_tool_call", "apply_patch", given)] == [
        (o["type"], o["name"], o["input"]) for o in output
    ]


def test_a_streamed_call_comes_back_as_a_custom_one() -> None:
    """Its text is told at once, when it is whole; a function's arguments go on as they come."""
    answer = crossed(Api.CHAT, stream=True, provider="groq").answer(200, "text/event-stream")
    assert isinstance(answer, StreamedAnswer)

    pieces = (("apply_patch", json.dumps({"input": PATCH})), ("ls", "{}"))
    told = answer.feed(b"".join(chunk(i, *piece) for i, piece in enumerate(pieces)) + END, last=True)

    events = [json.loads(line[6:]) for line in told.decode().splitlines() if line.startswith("data: {")]
    inputs = [e["delta"] for e in events if e["type"] == "response.custom_tool_call_input.delta"]
    assert [PATCH] == inputs
    assert ["custom_tool_call", "function_call"] == [o["type"] for o in events[-1]["response"]["output"]]
