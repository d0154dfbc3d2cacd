"""Requests written for Bedrock Converse."""

import base64

import pytest

from extproc.dialects.bedrock_converse import DIALECT
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
    ReasoningConfig,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)

CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1:0"
TOOL = Tool("f", "does f", {"type": "object", "properties": {}})
SPEC = {
    "toolSpec": {
        "name": "f",
        "description": "does f",
        "inputSchema": {"json": {"type": "object", "properties": {}}},
    }
}
LOOP = (
    Message(Role.USER, (Text("hi"),)),
    Message(Role.ASSISTANT, (Text(""), ToolCall("a", "f", '{"x":1}'), ToolCall("b", "f", ""))),
    Message(Role.TOOL, (ToolResult("a", (Text("1"),)),)),
    Message(Role.TOOL, (ToolResult("b", (), is_error=True),)),
    Message(Role.USER, (Text("and?"),)),
)


def write(request):
    losses = Losses()
    return DIALECT.write_request(request, losses), losses.paths


def user(*parts, model=CLAUDE, **fields):
    return Request(model, (Message(Role.USER, parts or (Text("Hi"),)),), **fields)


def test_the_body_names_no_model_and_says_no_stream():
    body, lost = write(user(stream=True, include_usage=True))
    assert ({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}, ()) == (body, lost)


def test_system_and_developer_messages_are_merged_in_order_with_their_cache_points():
    messages = (
        Message(Role.SYSTEM, (Text("one", CacheControl("1h")),)),
        Message(Role.USER, (Text("hi", CacheControl()),)),
        Message(Role.DEVELOPER, (Text("two"),)),
    )
    body, _ = write(Request(CLAUDE, messages))
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert [{"text": "one"}, point, {"text": "two"}] == body["system"]
    assert [{"text": "hi"}, {"cachePoint": {"type": "default"}}] == body["messages"][0]["content"]


def test_a_tool_loop_alternates_with_its_results_in_one_turn():
    body, lost = write(Request(CLAUDE, LOOP, (TOOL,)))
    calls = [{"toolUse": {"toolUseId": "a", "name": "f", "input": {"x": 1}}}]
    calls += [{"toolUse": {"toolUseId": "b", "name": "f", "input": {}}}]
    results = [{"toolResult": {"toolUseId": "a", "content": [{"text": "1"}]}}]
    results += [{"toolResult": {"toolUseId": "b", "content": [{"text": "(no output)"}], "status": "error"}}]
    expected = [
        {"role": "user", "content": [{"text": "hi"}]},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": [*results, {"text": "and?"}]},
    ]
    assert (expected, {"tools": [SPEC]}, ()) == (body["messages"], body["toolConfig"], lost)


@pytest.mark.parametrize(
    "fields", [{}, {"tools": (TOOL,), "tool_choice": ToolChoice(ToolMode.NONE), "parallel_tool_calls": False}]
)
def test_a_tool_history_without_tools_is_told_in_words(fields):
    body, lost = write(Request(CLAUDE, LOOP, **fields))
    calls = [{"text": '[Called the tool f with {"x":1}]'}, {"text": "[Called the tool f with {}]"}]
    results = [{"text": "[The result of the tool f]"}, {"text": "1"}]
    results += [{"text": "[The error of the tool f]"}, {"text": "(no output)"}, {"text": "and?"}]
    assert (calls, results) == (body["messages"][1]["content"], body["messages"][2]["content"])
    assert ("toolConfig" in body, lost) == (False, ())


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        (ToolChoice(ToolMode.AUTO), {"auto": {}}),
        (ToolChoice(ToolMode.REQUIRED), {"any": {}}),
        (ToolChoice(ToolMode.REQUIRED, "f"), {"tool": {"name": "f"}}),
    ],
)
def test_every_tool_choice_is_written(choice, expected):
    body, lost = write(user(tools=(TOOL,), tool_choice=choice))
    assert (expected, ()) == (body["toolConfig"].get("toolChoice"), lost)


def test_of_allowed_tools_only_those_are_written():
    choice = ToolChoice(ToolMode.AUTO, allowed=("f",))
    body, _ = write(user(tools=(TOOL, Tool("g")), tool_choice=choice))
    assert [SPEC] == body["toolConfig"]["tools"]


def test_a_tool_has_its_cache_point_and_strictness():
    body, _ = write(user(tools=(Tool("g", strict=True, cache=CacheControl("5m")),)))
    schema = {"json": {"type": "object", "properties": {}}}
    assert [
        {"toolSpec": {"name": "g", "inputSchema": schema, "strict": True}},
        {"cachePoint": {"type": "default", "ttl": "5m"}},
    ] == body["toolConfig"]["tools"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Refusal("no"), [{"text": "no"}]),
        (Text(" "), []),
        (Image(Inline("image/png", "eA==")), [{"image": {"format": "png", "source": {"bytes": "eA=="}}}]),
        (Image(Inline("", "/9j/4A==")), [{"image": {"format": "jpeg", "source": {"bytes": "/9j/4A=="}}}]),
        (
            Image(Url("s3://bucket/a.b.webp")),
            [{"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://bucket/a.b.webp"}}}}],
        ),
        (
            Document(Url("s3://bucket/a.pdf"), "a.pdf"),
            [
                {
                    "document": {
                        "format": "pdf",
                        "name": "a pdf",
                        "source": {"s3Location": {"uri": "s3://bucket/a.pdf"}},
                    }
                }
            ],
        ),
        (
            Document(Text("ü"), "Über  [1].txt", "context", True),
            [
                {
                    "document": {
                        "format": "txt",
                        "name": "ber [1] txt",
                        "source": {"bytes": base64.b64encode("ü".encode()).decode()},
                        "context": "context",
                        "citations": {"enabled": True},
                    }
                }
            ],
        ),
        (
            Document(Inline("text/x-python", "eA==")),
            [{"document": {"format": "txt", "name": "document", "source": {"bytes": "eA=="}}}],
        ),
        (Audio("eA==", "wav"), [{"audio": {"format": "wav", "source": {"bytes": "eA=="}}}]),
    ],
)
def test_a_part_is_written(part, expected):
    body, lost = write(user(Text("x"), part))
    assert ([{"text": "x"}, *expected], ()) == (body["messages"][0]["content"], lost)


def test_each_document_has_a_name_of_its_own():
    body, _ = write(user(*(Document(Text("x"), name) for name in ("a", "a", None, None))))
    names = [block["document"]["name"] for block in body["messages"][0]["content"]]
    assert ["a", "a 2", "document", "document 2"] == names


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Image(Url("https://a.example/b.png")), "not in the request itself"),
        (Image(FileId("file-1")), "not in the request itself"),
        (Image(Inline("image/bmp", "x")), "image/bmp"),
        (Document(Inline("application/zip", "x")), "application/zip"),
        (Document(Url("https://a.example/b.pdf")), "not in the request itself"),
        (Audio("x", "midi"), "midi"),
        (ToolCall("a", "f", "x", custom=True), "custom"),
        (ToolCall("a", "f", "[]"), "object"),
        (ToolResult("a", (Audio("x", "wav"),)), "audio"),
        (Opaque("anthropic_messages", "messages[4].content[2]", "search_result", {}), "search_result"),
    ],
)
def test_what_the_api_cannot_take_is_refused_by_name(part, what):
    with pytest.raises(InvalidRequest, match=what) as refused:
        write(user(part, tools=(TOOL,)))
    assert refused.value.param


@pytest.mark.parametrize(
    "tool", [Tool("f", custom=True), OpaqueTool("anthropic_messages", "tools[0]", "bash_20250124", {})]
)
def test_a_tool_that_the_api_cannot_take_is_refused_by_name(tool):
    with pytest.raises(InvalidRequest) as refused:
        write(user(tools=(tool,)))
    assert "tools[0]" == refused.value.param


SIGNED = {"reasoningContent": {"reasoningText": {"text": "t", "signature": "s"}}}


@pytest.mark.parametrize(
    ("model", "part", "expected"),
    [
        (CLAUDE, Reasoning("t", "s", origin="bedrock_converse"), SIGNED),
        (CLAUDE, Reasoning("t", "s", origin="anthropic_messages"), SIGNED),
        ("amazon.nova-2-lite-v1:0", Reasoning("t", "s", origin="anthropic_messages"), None),
        (
            CLAUDE,
            Reasoning(redacted="eA==", origin="bedrock_converse"),
            {"reasoningContent": {"redactedContent": "eA=="}},
        ),
        (CLAUDE, Reasoning(redacted="d", origin="anthropic_messages"), None),
        (CLAUDE, Reasoning("t", "s", origin="openai_responses"), None),
        (CLAUDE, Reasoning("t"), None),
    ],
)
def test_thinking_goes_back_to_whoever_can_check_it(model, part, expected):
    messages = (Message(Role.USER, (Text("a"),)), Message(Role.ASSISTANT, (part, Text("b"))))
    body, lost = write(Request(model, messages))
    blocks = body["messages"][1]["content"]
    if expected is None:
        assert ([{"text": "b"}], ("messages[1].content[0]",)) == (blocks, lost)
    else:
        assert ([expected, {"text": "b"}], ()) == (blocks, lost)


@pytest.mark.parametrize(
    ("model", "fields", "expected", "lost"),
    [
        (CLAUDE, {"top_k": 5}, {"additionalModelRequestFields": {"top_k": 5}}, ()),
        (
            "us.amazon.nova-pro-v1:0",
            {"top_k": 5},
            {"additionalModelRequestFields": {"inferenceConfig": {"topK": 5}}},
            (),
        ),
        ("cohere.command-r-v1:0", {"top_k": 5}, {"additionalModelRequestFields": {"k": 5}}, ()),
        ("meta.llama3-1-8b-instruct-v1:0", {"top_k": 5}, {}, ("top_k",)),
        (
            CLAUDE,
            {"reasoning": ReasoningConfig("low")},
            {
                "inferenceConfig": {"maxTokens": 32000},
                "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2048}},
            },
            (),
        ),
        (
            "anthropic.claude-opus-4-6-v1",
            {"reasoning": ReasoningConfig("max"), "output_tokens_max": 9},
            {
                "inferenceConfig": {"maxTokens": 9},
                "additionalModelRequestFields": {
                    "thinking": {"type": "adaptive"},
                    "output_config": {"effort": "max"},
                },
            },
            (),
        ),
        (
            "openai.gpt-oss-120b-1:0",
            {"reasoning": ReasoningConfig("minimal")},
            {"additionalModelRequestFields": {"reasoning_effort": "low"}},
            (),
        ),
        (
            "us.amazon.nova-2-lite-v1:0",
            {"reasoning": ReasoningConfig(budget_tokens=30_000)},
            {
                "additionalModelRequestFields": {
                    "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}
                }
            },
            (),
        ),
        ("meta.llama3-1-8b-instruct-v1:0", {"reasoning": ReasoningConfig("low")}, {}, ("reasoning",)),
        ("meta.llama3-1-8b-instruct-v1:0", {"reasoning": ReasoningConfig(disabled=True)}, {}, ()),
        (
            CLAUDE,
            {"output_tokens_max": 5, "temperature": 0, "stop": ("x",)},
            {
                "inferenceConfig": {"maxTokens": 5, "temperature": 0, "stopSequences": ["x"]},
                "additionalModelResponseFieldPaths": ["/stop_sequence"],
            },
            (),
        ),
        (
            "meta.x",
            {"top_p": 0.5, "temperature": 2},
            {"inferenceConfig": {"temperature": 1.0, "topP": 0.5}},
            ("temperature",),
        ),
        (CLAUDE, {"output_tokens_max": 0}, {"inferenceConfig": {"maxTokens": 1}}, ("output_tokens_max",)),
        (CLAUDE, {"stop": ("\n",)}, {}, ("stop",)),
        (CLAUDE, {"service_tier": "flex"}, {"serviceTier": {"type": "flex"}}, ()),
        (CLAUDE, {"service_tier": "auto"}, {}, ()),
        (CLAUDE, {"service_tier": "scale"}, {}, ("service_tier",)),
        (
            CLAUDE,
            {"metadata": {"a": "b", "long": "x" * 257}},
            {"requestMetadata": {"a": "b"}},
            ("metadata.long",),
        ),
        (CLAUDE, {"seed": 1, "user": "u", "store": True}, {}, ("seed", "user", "store")),
        (CLAUDE, {"frequency_penalty": 0, "store": False}, {}, ()),
        (CLAUDE, {"output_format": OutputFormat()}, {}, ("output_format",)),
        (CLAUDE, {"tool_choice": ToolChoice(ToolMode.REQUIRED)}, {}, ("tool_choice",)),
        (
            CLAUDE,
            {"output_format": OutputFormat({"type": "object"}, "a", "d")},
            {
                "outputConfig": {
                    "textFormat": {
                        "type": "json_schema",
                        "structure": {
                            "jsonSchema": {
                                "schema": '{"type":"object"}',
                                "name": "a",
                                "description": "d",
                            }
                        },
                    }
                }
            },
            (),
        ),
    ],
)
def test_parameters_are_written_or_told(model, fields, expected, lost):
    body, told = write(user(model=model, **fields))
    base, _ = write(user(model=model))
    assert ({**base, **expected}, lost) == (body, told)


def test_one_tool_at_a_time_cannot_be_said():
    _, lost = write(user(tools=(TOOL,), parallel_tool_calls=False))
    assert ("parallel_tool_calls",) == lost


def test_a_long_id_is_made_short_alike_in_call_and_result():
    long = "call_" + "x" * 80
    messages = (
        Message(Role.USER, (Text("hi"),)),
        Message(Role.ASSISTANT, (ToolCall(long, "f", "{}"),)),
        Message(Role.TOOL, (ToolResult(long, (Text("1"),)),)),
    )
    body, _ = write(Request(CLAUDE, messages, (TOOL,)))
    made = body["messages"][1]["content"][0]["toolUse"]["toolUseId"]
    assert made == body["messages"][2]["content"][0]["toolResult"]["toolUseId"]
    assert len(made) <= 64
