"""Requests written for Messages; the official SDK's types judge every body."""

import base64

import jsonschema
import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from extproc.dialects.anthropic_messages import DIALECT
from extproc.errors import InvalidRequest
from extproc.llm.loss import Losses
from extproc.llm.parts import (
    Audio,
    CacheControl,
    Document,
    FileId,
    Image,
    Inline,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from extproc.llm.request import (
    Message,
    OpaqueTool,
    OutputFormat,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)

PNG = "iVBORw0KGgoAAAANSUhEUg=="
PDF = "JVBERi0xLjQK"


class _Schema(GenerateJsonSchema):
    """The SDK also takes open files, which JSON cannot say."""

    def handle_invalid_for_json_schema(self, *_):
        return {"not": {}}


SDK = jsonschema.Draft202012Validator(
    TypeAdapter(MessageCreateParamsNonStreaming).json_schema(schema_generator=_Schema)
)


def read(**body):
    return DIALECT.read_request({"model": "m", "max_tokens": 9, "messages": [], **body})


def write(request):
    losses = Losses()
    body = DIALECT.write_request(request, losses)
    SDK.validate({**body, "stream": False} if "stream" in body else body)
    return body, losses.paths


def user(*parts, **fields):
    return Request("claude-sonnet-4-5", (Message(Role.USER, parts or (Text("Hi"),)),), **fields)


def content_of(*parts):
    """The user's content, as blocks."""
    body, lost = write(user(*parts))
    content = body["messages"][0]["content"]
    return ([{"type": "text", "text": content}] if isinstance(content, str) else content), lost


def test_system_and_developer_messages_are_merged_in_order_wherever_they_stand():
    said = [(Role.SYSTEM, "one"), (Role.USER, "hi"), (Role.DEVELOPER, "two"), (Role.USER, "there")]
    body, lost = write(Request("m", tuple(Message(role, (Text(text),)) for role, text in said)))
    texts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    turn = {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "there"}]}
    assert (texts, [turn], ()) == (body["system"], body["messages"], lost)


def test_several_tool_results_are_one_user_turn_with_what_the_user_adds_behind_them():
    messages = (
        Message(Role.USER, (Text("hi"),)),
        Message(Role.ASSISTANT, (Text(""), ToolCall("a", "f", ""), ToolCall("b", "f", '{"x":1}'))),
        Message(Role.TOOL, (ToolResult("a", (Text("1"),)),)),
        Message(Role.USER, (Text("and"),)),
        Message(Role.TOOL, (ToolResult("b", (Text("2"), Image(Inline("", PNG))), is_error=True),)),
    )
    body, _ = write(Request("m", messages))
    png = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    expected = [
        {"type": "tool_result", "tool_use_id": "a", "content": "1"},
        {
            "type": "tool_result",
            "tool_use_id": "b",
            "content": [{"type": "text", "text": "2"}, png],
            "is_error": True,
        },
        {"type": "text", "text": "and"},
    ]
    calls = [{"type": "tool_use", "id": "a", "name": "f", "input": {}}]
    calls += [{"type": "tool_use", "id": "b", "name": "f", "input": {"x": 1}}]
    assert ["user", "assistant", "user"] == [message["role"] for message in body["messages"]]
    assert (calls, expected) == (body["messages"][1]["content"], body["messages"][2]["content"])


@pytest.mark.parametrize("messages", [(), (Message(Role.ASSISTANT, (Text("hello"),)),)])
def test_a_conversation_that_does_not_begin_with_the_user_is_given_a_beginning(messages):
    body, _ = write(Request("m", messages))
    assert {"role": "user", "content": "Continue."} == body["messages"][0]


def test_ids_that_the_api_refuses_are_changed_alike_in_call_and_result():
    messages = (
        Message(Role.USER, (Text("hi"),)),
        Message(Role.ASSISTANT, (ToolCall("functions.f:0", "f", "{}"), ToolCall("functions_f.0", "f", "{}"))),
        Message(Role.TOOL, (ToolResult("functions.f:0", ()), ToolResult("functions_f.0", ()))),
    )
    body, _ = write(Request("m", messages))
    calls = [block["id"] for block in body["messages"][1]["content"]]
    assert calls == [block["tool_use_id"] for block in body["messages"][2]["content"]]
    assert 2 == len(set(calls))
    assert all(call.replace("_", "").isalnum() for call in calls)


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice(ToolMode.AUTO), None, {"type": "auto"}),
        (ToolChoice(ToolMode.REQUIRED), False, {"type": "any", "disable_parallel_tool_use": True}),
        (
            ToolChoice(ToolMode.REQUIRED, "f"),
            True,
            {"type": "tool", "name": "f", "disable_parallel_tool_use": False},
        ),
        (ToolChoice(ToolMode.NONE), False, {"type": "none"}),
    ],
)
def test_every_tool_choice_is_written(choice, parallel, expected):
    body, lost = write(user(tools=(Tool("f"),), tool_choice=choice, parallel_tool_calls=parallel))
    assert (expected, ()) == (body.get("tool_choice"), lost)


def test_of_allowed_tools_only_those_are_written():
    choice = ToolChoice(ToolMode.REQUIRED, allowed=("b",))
    body, _ = write(user(tools=(Tool("a"), Tool("b")), tool_choice=choice))
    assert (["b"], {"type": "any"}) == ([tool["name"] for tool in body["tools"]], body["tool_choice"])


def test_a_tool_without_parameters_has_an_empty_schema():
    body, _ = write(user(tools=(Tool("f"), Tool("g", parameters={}))))
    assert [{"type": "object", "properties": {}}, {"type": "object"}] == [
        tool["input_schema"] for tool in body["tools"]
    ]


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-3-opus-20240229", 4096),
        ("claude-3-5-sonnet-20241022", 8192),
        ("claude-sonnet-4-20250514", 32000),
        ("kimi-k2", 8192),
    ],
)
def test_max_tokens_is_said_for_a_client_that_did_not(model, tokens):
    assert tokens == DIALECT.write_request(Request(model, ()), Losses())["max_tokens"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Refusal("no"), [{"type": "text", "text": "no"}]),
        (Text("  \n"), []),
        (
            Image(Url("https://a.example/b.png"), detail="auto"),
            [{"type": "image", "source": {"type": "url", "url": "https://a.example/b.png"}}],
        ),
        (
            Image(Inline("image/jpg", "x")),
            [{"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "x"}}],
        ),
        (
            Document(Inline("", PDF), "a.pdf", cache=CacheControl("1h")),
            [
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
                    "title": "a.pdf",
                    "cache_control": {"type": "ephemeral", "ttl": "1h"},
                }
            ],
        ),
        (
            Document(Inline("", base64.b64encode("a,b\nü,1".encode()).decode()), "a.csv"),
            [
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "a,b\nü,1"},
                    "title": "a.csv",
                }
            ],
        ),
    ],
)
def test_a_part_is_written(part, expected):
    blocks, lost = content_of(Text("x"), part)
    assert ([{"type": "text", "text": "x"}, *expected], ()) == (blocks, lost)


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Audio("x", "wav"), "audio"),
        (Image(Inline("image/bmp", "x")), "image/bmp"),
        (Image(FileId("file-abc")), "another provider"),
        (Image(Url("s3://bucket/key")), "another provider"),
        (Document(Inline("application/zip", "x")), "application/zip"),
        (Document(Inline("text/plain", "not base64!")), "text/plain"),
        (ToolCall("a", "f", "text", custom=True), "custom"),
        (Opaque("openai_responses", "input[3]", "computer_call", {}), "computer_call"),
    ],
)
def test_what_the_api_cannot_take_is_refused_by_name(part, what):
    with pytest.raises(InvalidRequest, match=what) as refused:
        content_of(part)
    assert refused.value.param in ("messages[0].content[0]", "input[3]")


@pytest.mark.parametrize("arguments", ["{", "[1]", "text", "\ud800"])
def test_arguments_that_are_no_object_are_refused_by_name(arguments):
    with pytest.raises(InvalidRequest) as refused:
        content_of(ToolCall("a", "f", arguments))
    assert "messages[0].content[0].arguments" == refused.value.param


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        (Tool("f", custom=True), "tools[0]"),
        (OpaqueTool("openai_responses", "tools[7]", "web_search", {}), "tools[7]"),
    ],
)
def test_a_tool_that_the_api_cannot_take_is_refused_by_name(tool, param):
    with pytest.raises(InvalidRequest) as refused:
        write(user(tools=(tool,)))
    assert param == refused.value.param


def test_its_own_server_tools_are_written_as_they_came():
    tool, server = (
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "url", "url": "x", "name": "n"},
    )
    body, _ = write(read(tools=[tool], mcp_servers=[server], messages=[{"role": "user", "content": "x"}]))
    assert ([tool], [server]) == (body["tools"], body["mcp_servers"])


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            Reasoning("t", "s", origin="anthropic_messages"),
            {"type": "thinking", "thinking": "t", "signature": "s"},
        ),
        (
            Reasoning("t", "s", origin="bedrock_converse"),
            {"type": "thinking", "thinking": "t", "signature": "s"},
        ),
        (Reasoning("t", "s", origin="openai_responses"), None),
        (Reasoning(redacted="d", origin="bedrock_converse"), None),
        (Reasoning("t"), None),
    ],
)
def test_thinking_goes_back_to_anthropic_alone(part, expected):
    messages = (Message(Role.USER, (Text("a"),)), Message(Role.ASSISTANT, (part, Text("b"))))
    body, lost = write(Request("m", messages))
    blocks = body["messages"][1]["content"]
    if expected is None:
        assert ("b", ("messages[1].content[0]",)) == (blocks, lost)
    else:
        assert (expected, ()) == (blocks[0], lost)


SAYABLE = [
    ({"temperature": 1.5}, {"temperature": 1.0}, ("temperature",)),
    ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5}, ("top_p",)),
    ({"seed": 1, "verbosity": "low", "metadata": {"a": "b"}}, {}, ("seed", "verbosity", "metadata")),
    ({"frequency_penalty": 0.5, "store": True}, {}, ("frequency_penalty", "store")),
    ({"frequency_penalty": 0, "presence_penalty": 0.0, "store": False}, {}, ()),
    ({"stop": ("a", "\n")}, {"stop_sequences": ["a"]}, ("stop",)),
    ({"service_tier": "flex"}, {}, ("service_tier",)),
    ({"user": "u"}, {"metadata": {"user_id": "u"}}, ()),
    ({"output_format": OutputFormat()}, {}, ("output_format",)),
    ({"tool_choice": ToolChoice(ToolMode.REQUIRED)}, {}, ("tool_choice",)),
]


@pytest.mark.parametrize(("fields", "expected", "lost"), SAYABLE)
def test_what_cannot_be_said_is_left_out_and_told(fields, expected, lost):
    body, told = write(user(**fields))
    base, _ = write(user())
    assert ({**base, **expected}, lost) == (body, told)


def test_a_name_is_told_as_lost():
    _, lost = write(Request("m", (Message(Role.USER, (Text("hi"),), name="ann"),)))
    assert ("messages[0].name",) == lost
