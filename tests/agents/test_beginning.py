"""How a conversation begins tells which one it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.agents.beginning import beginning_of
from extproc.dialects.api import Api
from extproc.sessions import keys
from extproc.translation.request import read

CONTENT = st.text() | st.lists(st.builds(lambda text: {"type": "text", "text": text}, st.text()), max_size=2)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "developer", "user", "assistant"]), "content": CONTENT}
    ),
    min_size=1,
    max_size=6,
)
TOOL = st.builds(lambda name: {"type": "function", "function": {"name": name}}, st.text())
TOOLS = st.lists(TOOL, max_size=2)


@given(MESSAGES, TOOLS)
def test_it_has_the_keys_of_the_whole(messages: list[object], tools: list[object]) -> None:
    """Of a conversation among several agents all is read; both must be the same conversation."""
    body = json.dumps({"model": "m", "messages": messages, "tools": tools}).encode()

    beginning = beginning_of(body)

    assert beginning
    assert keys.of(read(body, Api.CHAT, "m"), "acme") == keys.of(beginning, "acme")


def test_what_comes_later_need_not_be_understood() -> None:
    later = [{"role": "nobody", "content": 7}, {"role": "assistant", "tool_calls": "x"}]
    said = [{"role": "user", "content": "Hi"}]

    beginning = beginning_of(json.dumps({"messages": [*said, *later]}).encode())

    assert beginning == beginning_of(json.dumps({"messages": said}).encode())
    assert beginning


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"messages": null}',
        b'{"messages": [{}]}',
        b'{"messages": [{"role": "user", "content": 7}]}',
        b'{"messages": [{"role": "user", "content": "\\ud83d"}]}',
        b'{"messages": [], "tools": 7}',
    ],
)
def test_what_cannot_be_read_has_none(body: bytes) -> None:
    assert beginning_of(body) is None
