"""Marks for prompt caches: where they stand, and that nothing else changes."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from extproc.dialects.api import Api
from extproc.rewrite.cache_control import with_markers

MARK = {"type": "ephemeral"}
LONG = "Be brief. " * 500
TOOL = {"name": "read", "input_schema": {"type": "object"}}
CHAT_CLAUDE = (Api.CHAT, "openrouter", "anthropic/claude-sonnet-4.5")


def marked(
    body: Any,
    api: Api = Api.MESSAGES,
    provider: str = "anthropic",
    model: str = "claude-sonnet-4-5",
    least: int = 1024,
) -> Any:
    """The body with marks; ``None``: it stays as it is."""
    done = with_markers(json.dumps(body).encode(), api, provider, model, least)
    return done and json.loads(done)


def text(said: str, **others: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **others}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_a_system_prompt_and_the_newest_message_are_marked() -> None:
    """The system prompt for all conversations, the newest message for this one's next turn."""
    body = {"system": LONG, "messages": [user("hi"), {"role": "assistant", "content": "yes?"}, user("go")]}

    assert {
        "system": [text(LONG, cache_control=MARK)],
        "messages": [*body["messages"][:-1], user([text("go", cache_control=MARK)])],
    } == marked(body)


def test_the_last_block_is_marked() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://x.test/1.png"}}
    body = {"system": [text("a"), text(LONG)], "messages": [user([text("see"), image])]}

    assert {
        "system": [text("a"), text(LONG, cache_control=MARK)],
        "messages": [user([text("see"), {**image, "cache_control": MARK}])],
    } == marked(body)


@pytest.mark.parametrize("system", [None, "", " \n", [], [text("")]])
def test_tools_are_marked_where_there_is_no_system_prompt(system: Any) -> None:
    body = {"system": system, "tools": [TOOL, {**TOOL, "description": LONG}], "messages": [user("hi")]}

    assert MARK == marked(body)["tools"][1]["cache_control"]
    assert "cache_control" not in marked(body)["tools"][0]


def test_a_system_prompt_stands_behind_the_tools_and_covers_them() -> None:
    body = {"system": "a", "tools": [{**TOOL, "description": LONG}], "messages": [user("hi")]}

    assert body["tools"] == marked(body)["tools"]
    assert [text("a", cache_control=MARK)] == marked(body)["system"]


def test_a_tool_that_is_not_in_the_prompt_is_not_marked() -> None:
    """Anthropic refuses that."""
    tools = [{**TOOL, "description": LONG}, {**TOOL, "defer_loading": True}, {}]
    done = marked({"tools": tools, "messages": [user("hi")]})

    assert [{**tools[0], "cache_control": MARK}, *tools[1:]] == done["tools"]


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}],
        [{"type": "tool_use", "id": "t", "name": "read", "input": {}}],
        [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}],
    ],
)
def test_what_tools_say_is_marked_too(content: list[dict[str, Any]]) -> None:
    done = marked({"system": LONG, "messages": [user(content)]})

    assert MARK == done["messages"][0]["content"][0]["cache_control"]


@pytest.mark.parametrize(
    ("content", "index"),
    [
        ([text("a"), {"type": "thinking", "thinking": "x", "signature": "s"}], 0),
        ([text("a"), {"type": "redacted_thinking", "data": "x"}], 0),
        ([text("a"), text("")], 0),
        ([text("a"), {"type": "unheard_of"}], 0),
        ([{"type": "thinking", "thinking": "x", "signature": "s"}], None),
        ([], None),
        ("", None),
        (None, None),
        ({"type": "text"}, None),
    ],
)
def test_a_block_that_cannot_be_marked_leaves_it_to_the_one_before(content: Any, index: int | None) -> None:
    done = marked({"system": LONG, "messages": [user(content)]})["messages"][0]["content"]

    if index is None:
        assert content == done
    else:
        assert [i for i, block in enumerate(done) if "cache_control" in block] == [index]


def test_a_short_prompt_is_not_marked() -> None:
    assert marked({"system": "Be brief.", "messages": [user("hi")]}) is None


@pytest.mark.parametrize(("chars", "expected"), [(38, True), (37, False)])
def test_the_shortest_prompt_is_what_the_configuration_says(chars: int, expected: bool) -> None:
    """Ten tokens are forty bytes of JSON, quotes included."""
    done = marked({"system": "x" * chars, "messages": [user("hi")]}, least=10)

    assert expected == (done is not None)


def test_a_long_conversation_is_marked_at_its_end() -> None:
    """Its next turn begins with all of it, however short the system prompt."""
    talk = [user(LONG), {"role": "assistant", "content": "yes?"}, user("go")]
    done = marked({"system": "Be brief.", "messages": talk})

    assert ("Be brief.", talk[:-1]) == (done["system"], done["messages"][:-1])
    assert [text("go", cache_control=MARK)] == done["messages"][-1]["content"]


def test_a_long_question_alone_is_not_marked() -> None:
    """It may be the only one, and writing into the cache costs."""
    assert marked({"messages": [user(LONG)]}) is None


@pytest.mark.parametrize(
    "body",
    [
        {"system": [text(LONG, cache_control={"type": "ephemeral", "ttl": "1h"})], "messages": [user("hi")]},
        {"system": LONG, "messages": [user([text("hi", cache_control=MARK)])]},
        {"system": LONG, "tools": [{**TOOL, "cache_control": MARK}], "messages": [user("hi")]},
        {"system": LONG, "messages": [user("hi")], "cache_control": MARK},
    ],
)
def test_a_client_that_sets_marks_knows_best(body: Any) -> None:
    assert marked(body) is None


def test_a_text_about_marks_is_none() -> None:
    body = {"system": LONG, "messages": [user('What is "cache_control"?')]}

    assert marked(body) is not None


def test_marks_are_put_in_once() -> None:
    body = json.dumps({"system": LONG, "messages": [user("hi")]}).encode()
    done = with_markers(body, Api.MESSAGES, "anthropic", "claude-sonnet-4-5", 1024)

    assert done
    assert with_markers(done, Api.MESSAGES, "anthropic", "claude-sonnet-4-5", 1024) is None


CHAT = {"messages": [{"role": "system", "content": LONG}, user("hi")]}


@pytest.mark.parametrize(
    ("api", "provider", "model", "expected"),
    [
        (Api.MESSAGES, "anthropic", "claude-sonnet-4-5", True),
        (Api.MESSAGES, "vercel", "anthropic/claude-sonnet-4.5", True),
        (Api.MESSAGES, "anthropic", "anything", True),
        (Api.CHAT, "openrouter", "anthropic/claude-sonnet-4.5", True),
        (Api.CHAT, "digitalocean", "anthropic-claude-4.6-sonnet", True),
        (Api.CHAT, "edenai", "anthropic/Claude-Sonnet", True),
        # It would not understand.
        (Api.CHAT, "together_ai", "claude-sonnet-4-5", False),
        (Api.CHAT, "vercel", "anthropic/claude-sonnet-4.5", False),
        # They cache by themselves.
        (Api.CHAT, "openai", "gpt-4o", False),
        (Api.CHAT, "openrouter", "openai/gpt-4o", False),
        (Api.CHAT, "gemini", "gemini-2.5-pro", False),
        (Api.CHAT, "deepseek", "deepseek-chat", False),
        (Api.RESPONSES, "openai", "gpt-5", False),
        (Api.CONVERSE, "amazon_bedrock", "anthropic.claude-sonnet-4", False),
        (Api.OPENAI, "openai", "text-embedding-3-small", False),
    ],
)
def test_marks_are_for_those_who_want_them(api: Api, provider: str, model: str, expected: bool) -> None:
    body = {"system": LONG, "messages": [user("hi")]} if api is Api.MESSAGES else CHAT

    assert expected == (marked(body, api, provider, model) is not None)


@pytest.mark.parametrize("role", ["system", "developer"])
def test_in_chat_the_first_instructions_are_marked(role: str) -> None:
    talk = [user("hi"), {"role": role, "content": LONG}, user("go")]
    done = marked({"messages": talk}, *CHAT_CLAUDE)

    assert [talk[0], {"role": role, "content": [text(LONG, cache_control=MARK)]}, talk[2]] == done["messages"]


def test_in_chat_the_last_text_of_the_instructions_is_marked() -> None:
    parts = [text(LONG), text("And kind."), {"type": "image_url", "image_url": {"url": "https://x.test"}}]
    done = marked({"messages": [{"role": "system", "content": parts}, user("hi")]}, *CHAT_CLAUDE)

    assert [parts[0], text("And kind.", cache_control=MARK), parts[2]] == done["messages"][0]["content"]


def test_in_chat_the_first_message_serves_without_instructions() -> None:
    done = marked({"messages": [user(LONG), user("go")]}, *CHAT_CLAUDE)

    assert [user([text(LONG, cache_control=MARK)]), user("go")] == done["messages"]


def test_in_chat_tools_count_into_the_length() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": LONG}}
    body = {"messages": [{"role": "system", "content": "Be brief."}, user("hi")], "tools": [tool]}

    assert [tool] == marked(body, *CHAT_CLAUDE)["tools"]
    assert marked({"messages": body["messages"]}, *CHAT_CLAUDE) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"{",
        b"\xff",
        b'{"messages": 1}',
        b'{"messages": []}',
        b'{"messages": [1]}',
        b'{"messages": [{}]}',
        b'{"messages": [{"role": "system"}]}',
        b'{"messages": [{"role": "user", "content": [1]}]}',
        b'{"messages": [{"role": "user", "content": [{"type": 1}]}]}',
        b'{"system": 1, "tools": {}, "messages": null}',
        b'{"system": "x", "system": "y", "messages": [{"role": "user", "content": "x"}]}',
        b'{"messages": [{"role": "user", "content": "x", "role": "user"}]}',
        b'{"system": "' + b"\\ud83d" + b'", "messages": []}',
    ],
)
@pytest.mark.parametrize("where", [(Api.MESSAGES, "anthropic", "claude"), CHAT_CLAUDE])
def test_what_is_not_of_the_api_is_left_for_the_provider_to_refuse(
    body: bytes, where: tuple[Api, str, str]
) -> None:
    assert with_markers(body, *where, 0) is None


def test_nothing_but_the_marks_is_written() -> None:
    """Numbers, spaces, escapes and the order of keys reach the provider as the client wrote them."""
    body = rb"""
{ "temperature" : 1.0e0, "max_tokens":1E2 ,
  "messages" : [ {"role":"user","content":"caf\u00e9 \/ x" } ] ,
  "s\u0079stem" : [ {"text":"Be brief." , "type":"text" } ], "n":0.10000000000000000001 }
"""
    after = (
        rb"""
{ "temperature" : 1.0e0, "max_tokens":1E2 ,
  "messages" : [ {"role":"user","content":[{"type":"text","text":"caf\u00e9 \/ x"""
        rb"""","cache_control":{"type":"ephemeral"}}] } ] ,
  "s\u0079stem" : [ {"text":"Be brief." , "type":"text" """
        rb""","cache_control":{"type":"ephemeral"}} ], "n":0.10000000000000000001 }
"""
    )
    assert after == with_markers(body, Api.MESSAGES, "anthropic", "claude", 0)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BLOCKS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["text", "image", "thinking", "tool_result", "new"]),
            "text": st.text(max_size=8),
        },
        optional={"x": VALUES},
    ),
    max_size=3,
)
CONTENT = st.text(max_size=12) | BLOCKS
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system"]), "content": CONTENT}, optional={"y": VALUES}
    ),
    max_size=4,
)
TOOLS = st.lists(
    st.fixed_dictionaries({"name": st.text(max_size=4)}, optional={"input_schema": VALUES}), max_size=3
)
BODIES = st.fixed_dictionaries(
    {"messages": MESSAGES}, optional={"system": CONTENT, "tools": TOOLS, "top": VALUES, "a b": VALUES}
)


def without_marks(value: Any) -> Any:
    """A marked body as it was: texts may have become blocks."""
    match value:
        case [{"type": "text", "text": str(said), "cache_control": _, **rest}] if not rest:
            return said
        case {**members}:
            return {key: without_marks(inner) for key, inner in members.items() if key != "cache_control"}
        case [*inner]:
            return [without_marks(each) for each in inner]
    return value


def plain(value: Any) -> Any:
    """The same form for a text and for a block of nothing but that text."""
    match value:
        case [{"type": "text", "text": str(said), **rest}] if not rest:
            return said
        case {**members}:
            return {key: plain(inner) for key, inner in members.items()}
        case [*inner]:
            return [plain(each) for each in inner]
    return value


@given(
    BODIES,
    st.sampled_from([None, 1]),
    st.sampled_from([(Api.MESSAGES, "anthropic", "claude"), CHAT_CLAUDE]),
    st.integers(0, 30),
)
def test_any_body_keeps_all_it_says(
    body: Any, indent: int | None, where: tuple[Api, str, str], least: int
) -> None:
    """At most two marks, each where one may stand, and the rest as it was, byte for byte."""
    before = json.dumps(body, indent=indent).encode()
    assume(b'"cache_control"' not in before)
    after = with_markers(before, *where, least)

    if after is not None:
        mark = b',"cache_control":{"type":"ephemeral"}'
        assert 1 <= after.count(mark) <= 2
        assert plain(body) == plain(without_marks(json.loads(after)))
        written = iter(after)
        assert all(byte in written for byte in before)
