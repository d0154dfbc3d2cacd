"""Messages requests, read: every field of the official SDK, and any JSON whatever."""

import pytest
from anthropic.types import (
    DocumentBlockParam,
    ImageBlockParam,
    OutputConfigParam,
    TextBlockParam,
    ToolParam,
    ToolResultBlockParam,
    ToolUseBlockParam,
)
from anthropic.types.message_create_params import MessageCreateParamsBase
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.anthropic_messages import DIALECT
from extproc.errors import InvalidRequest
from extproc.llm.parts import (
    Document,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from extproc.llm.request import (
    Message,
    OpaqueTool,
    ReasoningConfig,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)


def read(**body):
    return DIALECT.read_request({"model": "m", "max_tokens": 9, "messages": [], **body})


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = sorted(
    {
        *MessageCreateParamsBase.__annotations__,
        "mcp_servers",
        "output_format",
        "stream",
        "top_p",
        "temperature",
    }
)
BLOCK_KEYS = sorted(
    {"source", "signature", "data", "thinking", "media_type", "url", "file_id", "enabled", "schema", "format"}
    | {
        *TextBlockParam.__annotations__,
        *DocumentBlockParam.__annotations__,
        *ToolUseBlockParam.__annotations__,
    }
    | {
        *ToolResultBlockParam.__annotations__,
        *ToolParam.__annotations__,
        "role",
        "ttl",
        "budget_tokens",
        "user_id",
    }
)
TYPES = [
    "text",
    "image",
    "document",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "base64",
    "url",
]
TYPES += [
    "content",
    "enabled",
    "auto",
    "tool",
    "custom",
    "json_schema",
    "user",
    "assistant",
    "system",
    "ephemeral",
]
NEARLY = st.recursive(
    st.one_of(JSON, st.sampled_from(TYPES)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(BLOCK_KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), NEARLY, max_size=6))
def test_any_json_is_read_or_refused_with_a_named_field(body):
    try:
        refused = None
        DIALECT.read_request(body)
    except InvalidRequest as error:
        refused = error
    assert refused is None or refused.param


SAMPLES = {
    "cache_control": {"type": "ephemeral"},
    "container": "c",
    "diagnostics": {"previous_message_id": "m"},
    "inference_geo": "us",
    "speed": "fast",
    "user_profile_id": "u",
    "workspace_id": "w",
}
"""Fields that stay with this API."""

MODELLED = {
    "max_tokens": (5, ("output_tokens_max", 5)),
    "messages": ([{"role": "user", "content": "x"}], ("messages", (Message(Role.USER, (Text("x"),)),))),
    "model": ("claude-x", ("model", "claude-x")),
    "metadata": ({"user_id": "u"}, ("user", "u")),
    "output_config": ({"effort": "low"}, ("reasoning", ReasoningConfig("low"))),
    "service_tier": ("standard_only", ("service_tier", "default")),
    "stop_sequences": (["x"], ("stop", ("x",))),
    "system": ("s", ("messages", (Message(Role.SYSTEM, (Text("s"),)),))),
    "thinking": ({"type": "adaptive"}, ("reasoning", ReasoningConfig(adaptive=True))),
    "tool_choice": ({"type": "any"}, ("tool_choice", ToolChoice(ToolMode.REQUIRED))),
    "tools": ([{"name": "f", "input_schema": {}}], ("tools", (Tool("f", parameters={}),))),
}


@pytest.mark.parametrize("field", sorted(MessageCreateParamsBase.__annotations__))
def test_every_field_of_the_sdk_is_modelled_or_told(field):
    if field in SAMPLES:
        assert (field,) == read(**{field: SAMPLES[field]}).unmodelled
    else:
        value, (name, expected) = MODELLED[field]
        request = read(**{field: value})
        assert (expected, ()) == (getattr(request, name), request.unmodelled)


UNMODELLED = {
    (TextBlockParam, ""): set(),
    (ImageBlockParam, ""): {"transformations"},
    (DocumentBlockParam, ""): set(),
    (ToolUseBlockParam, ""): {"toolset_name"},
    (ToolResultBlockParam, ""): {"toolset_name"},
    (ToolParam, "custom"): {"allowed_callers", "defer_loading", "eager_input_streaming", "input_examples"},
    (OutputConfigParam, ""): set(),
}
BASES = {
    TextBlockParam: {"type": "text", "text": "x", "citations": []},
    ImageBlockParam: {"type": "image", "source": {"type": "url", "url": "x"}},
    DocumentBlockParam: {
        "type": "document",
        "source": {"type": "url", "url": "x"},
        "context": "c",
        "title": "t",
        "citations": {"enabled": True},
    },
    ToolUseBlockParam: {
        "type": "tool_use",
        "id": "a",
        "name": "f",
        "input": {},
        "caller": {"type": "direct"},
    },
    ToolResultBlockParam: {"type": "tool_result", "tool_use_id": "a", "content": "x", "is_error": True},
    ToolParam: {"name": "f", "input_schema": {}, "description": "d", "strict": True, "type": "custom"},
    OutputConfigParam: {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
}


@pytest.mark.parametrize(("kind", "_"), UNMODELLED)
def test_every_field_of_a_block_is_modelled_or_told(kind, _):
    known = kind.__annotations__.keys()
    value = {**dict.fromkeys(known - {"cache_control"}, "x"), **BASES[kind]}
    if kind is ToolParam:
        path, request = "tools[0]", read(tools=[value])
    elif kind is OutputConfigParam:
        path, request = "output_config", read(output_config=value)
    else:
        path, request = "messages[0].content[0]", read(messages=[{"role": "user", "content": [value]}])
    expected = {f"{path}.{key}" for key in UNMODELLED[(kind, "custom" if kind is ToolParam else "")]}
    assert expected == set(request.unmodelled)


def parts_of(*blocks):
    return read(messages=[{"role": "assistant", "content": list(blocks)}]).messages[0].parts


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            {"type": "thinking", "thinking": "t", "signature": "s="},
            Reasoning("t", "s=", origin="anthropic_messages"),
        ),
        ({"type": "thinking", "thinking": "t", "signature": ""}, Reasoning("t")),
        ({"type": "redacted_thinking", "data": "d"}, Reasoning(redacted="d", origin="anthropic_messages")),
        ({"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}, ToolCall("a", "f", '{"x":1}')),
        (
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "x"},
                "title": "t",
            },
            Document(Text("x"), "t"),
        ),
        (
            {
                "type": "document",
                "source": {"type": "content", "content": [{"type": "text", "text": "a"}] * 2},
            },
            Document(Text("a\n\na")),
        ),
        ({"type": "tool_result", "tool_use_id": "a"}, ToolResult("a", ())),
        (
            {"type": "web_search_tool_result", "tool_use_id": "a"},
            Opaque(
                "anthropic_messages",
                "messages[0].content[0]",
                "web_search_tool_result",
                {"type": "web_search_tool_result", "tool_use_id": "a"},
            ),
        ),
    ],
)
def test_a_block_is_read(block, expected):
    assert (expected,) == parts_of(block)


def test_tool_results_become_messages_of_the_tool_role_in_their_place():
    result = {"type": "tool_result", "tool_use_id": "a", "content": "1"}
    content = [result, {**result, "tool_use_id": "b", "is_error": True}, {"type": "text", "text": "go on"}]
    messages = read(messages=[{"role": "user", "content": content}]).messages
    expected = (
        Message(Role.TOOL, (ToolResult("a", (Text("1"),)), ToolResult("b", (Text("1"),), is_error=True))),
        Message(Role.USER, (Text("go on"),)),
    )
    assert expected == messages


def test_a_citation_of_a_page_found_by_search_is_read_as_an_annotation():
    citation = {"type": "web_search_result_location", "url": "https://a.example", "title": "A"}
    citation |= {"cited_text": "x", "encrypted_index": "e"}
    (part,) = parts_of({"type": "text", "text": "abc", "citations": [citation]})
    note = {
        "type": "url_citation",
        "url": "https://a.example",
        "title": "A",
        "start_index": 0,
        "end_index": 3,
    }
    assert (note,) == part.annotations


def test_server_tools_and_mcp_servers_are_kept_with_their_place():
    tool, server = (
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "url", "url": "x", "name": "n"},
    )
    expected = (
        OpaqueTool("anthropic_messages", "tools[0]", "web_search_20250305", tool),
        OpaqueTool("anthropic_messages", "mcp_servers[0]", "mcp_server", server),
    )
    assert expected == read(tools=[tool], mcp_servers=[server]).tools


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "enabled", "budget_tokens": 2000}, ReasoningConfig("high", 2000)),
        ({"type": "disabled"}, ReasoningConfig("high", disabled=True)),
        ({"type": "between_tools"}, ReasoningConfig("high")),
        (None, ReasoningConfig("high")),
    ],
)
def test_thinking_is_read_beside_the_effort(thinking, expected):
    assert expected == read(thinking=thinking, output_config={"effort": "high"}).reasoning


def test_null_is_as_good_as_absent():
    body = dict.fromkeys(MessageCreateParamsBase.__annotations__)
    assert read() == read(**body | {"model": "m", "max_tokens": 9, "messages": []})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"system": [{"type": "image"}]}, "system[0].type"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"stop_sequences": [1]}, "stop_sequences"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config.format.type"),
    ],
)
def test_what_cannot_be_read_is_named(body, param):
    with pytest.raises(InvalidRequest) as refused:
        read(**body)
    assert param == refused.value.param
