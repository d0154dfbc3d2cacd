"""Chat Completions requests: read, written, and what becomes of each field."""

import contextlib
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionContentPartImageParam,
    ChatCompletionContentPartInputAudioParam,
    ChatCompletionContentPartTextParam,
    ChatCompletionDeveloperMessageParam,
    ChatCompletionSystemMessageParam,
    ChatCompletionToolMessageParam,
    ChatCompletionUserMessageParam,
)
from openai.types.chat.chat_completion_content_part_param import File
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from extproc.dialects.api import Api
from extproc.dialects.openai_chat import DIALECT
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

USER = {"role": "user", "content": "hi"}


def read(**fields):
    return DIALECT.read_request({"model": "m", "messages": [USER], **fields})


def written(request: Request) -> tuple[dict[str, typing.Any], tuple[str, ...]]:
    losses = Losses(request.unmodelled)
    return DIALECT.write_request(request, losses), losses.paths


MODELLED = {
    "model": ("m2", "model", "m2"),
    "messages": ([USER], "messages", (Message(Role.USER, (Text("hi"),)),)),
    "frequency_penalty": (0.5, "frequency_penalty", 0.5),
    "function_call": ("auto", "tool_choice", ToolChoice(ToolMode.AUTO)),
    "functions": ([{"name": "f"}], "tools", (Tool("f"),)),
    "max_completion_tokens": (9, "output_tokens_max", 9),
    "max_tokens": (9.0, "output_tokens_max", 9),
    "metadata": ({"a": "b"}, "metadata", {"a": "b"}),
    "parallel_tool_calls": (False, "parallel_tool_calls", False),
    "presence_penalty": (1, "presence_penalty", 1.0),
    "reasoning_effort": ("low", "reasoning", ReasoningConfig(effort="low")),
    "response_format": ({"type": "json_object"}, "output_format", OutputFormat()),
    "safety_identifier": ("u", "user", "u"),
    "seed": (1, "seed", 1),
    "service_tier": ("flex", "service_tier", "flex"),
    "stop": ("x", "stop", ("x",)),
    "store": (True, "store", True),
    "stream": (True, "stream", True),
    "stream_options": ({"include_usage": True}, "include_usage", True),
    "temperature": (0, "temperature", 0.0),
    "tool_choice": ("required", "tool_choice", ToolChoice(ToolMode.REQUIRED)),
    "tools": ([{"type": "function", "function": {"name": "f"}}], "tools", (Tool("f"),)),
    "top_p": (0.1, "top_p", 0.1),
    "user": ("u", "user", "u"),
    "verbosity": ("low", "verbosity", "low"),
    "web_search_options": ({}, "tools", (OpaqueTool(Api.CHAT, "web_search_options", "web_search", {}),)),
}
"""OpenAI's field, a value of it, and where it is in `Request`."""

UNMODELLED = {
    "audio",
    "logit_bias",
    "logprobs",
    "modalities",
    "moderation",
    "n",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "top_logprobs",
}
"""OpenAI's fields that no other API has."""


def test_each_field_of_the_official_sdk_is_modelled_or_told_lost() -> None:
    assert MODELLED.keys() | UNMODELLED == set(typing.get_type_hints(CompletionCreateParamsStreaming))


@pytest.mark.parametrize(("field", "value", "attribute", "expected"), [(k, *v) for k, v in MODELLED.items()])
def test_a_field_is_read(field: str, value: object, attribute: str, expected: object) -> None:
    request = read(**{field: value})
    assert expected == getattr(request, attribute)
    assert () == request.unmodelled


@pytest.mark.parametrize("field", sorted(UNMODELLED))
def test_a_field_that_is_not_modelled_is_told(field: str) -> None:
    assert (field,) == read(**{field: "some"}).unmodelled


@pytest.mark.parametrize("field", sorted({*MODELLED, *UNMODELLED} - {"messages"}))
def test_null_is_not_said(field: str) -> None:
    assert read() == read(**{field: None}) or field == "model"


KNOWN_KEYS = {
    ChatCompletionSystemMessageParam: {"role": "system", "content": "a", "name": "a"},
    ChatCompletionDeveloperMessageParam: {"role": "developer", "content": "a", "name": "a"},
    ChatCompletionUserMessageParam: {"role": "user", "content": "a", "name": "a"},
    ChatCompletionToolMessageParam: {"role": "tool", "content": "a", "tool_call_id": "a"},
    ChatCompletionAssistantMessageParam: {
        "role": "assistant",
        "content": "a",
        "name": "a",
        "refusal": "a",
        "audio": {"id": "a"},
        "function_call": {"name": "f", "arguments": "{}"},
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "a", "arguments": ""}}],
    },
}


@pytest.mark.parametrize(
    ("kind", "message"), KNOWN_KEYS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_each_field_of_a_message_is_modelled(kind: type, message: dict[str, object]) -> None:
    assert set(typing.get_type_hints(kind)) == message.keys()
    assert () == DIALECT.read_request({"model": "m", "messages": [message]}).unmodelled


PARTS = {
    ChatCompletionContentPartTextParam: ({"text": "a"}, Text("a", CacheControl())),
    ChatCompletionContentPartImageParam: (
        {"image_url": {"url": "https://x/y.png", "detail": "high"}},
        Image(Url("https://x/y.png"), "high", CacheControl()),
    ),
    ChatCompletionContentPartInputAudioParam: (
        {"input_audio": {"data": "AA==", "format": "mp3"}},
        Audio("AA==", "mp3"),
    ),
    File: ({"file": {"file_id": "file-1"}}, Document(FileId("file-1"), cache=CacheControl())),
}


@pytest.mark.parametrize(("kind", "raw", "part"), [(k, *v) for k, v in PARTS.items()])
def test_each_field_of_a_content_part_is_modelled(kind: type, raw: dict[str, object], part: object) -> None:
    keys = set(typing.get_type_hints(kind))
    (name,) = raw
    raw |= {"type": name, "prompt_cache_breakpoint": {"mode": "explicit"}}
    assert keys == raw.keys()
    request = DIALECT.read_request({"model": "m", "messages": [{"role": "user", "content": [raw]}]})
    assert (part,) == request.messages[0].parts
    assert () == request.unmodelled


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        ({"type": "image_url", "image_url": "https://x/y.png"}, Image(Url("https://x/y.png"))),
        (
            {"type": "image_url", "image_url": {"url": "data:image/PNG;base64,AAAA"}},
            Image(Inline("image/png", "AAAA")),
        ),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            Text("a", CacheControl("1h")),
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="}},
            Document(Inline("application/pdf", "AA=="), "a.pdf"),
        ),
        ({"type": "file", "file": {"file_data": "AA=="}}, Document(Inline("", "AA=="))),
        (
            {"type": "video_url", "video_url": {}},
            Opaque(Api.CHAT, "messages[0].content[0]", "video_url", {"type": "video_url", "video_url": {}}),
        ),
    ],
)
def test_a_content_part_is_read(raw: dict[str, object], part: object) -> None:
    request = DIALECT.read_request({"model": "m", "messages": [{"role": "user", "content": [raw]}]})
    assert (part,) == request.messages[0].parts


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "robot"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"text": "a"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]},
            "messages[0].content[0].file",
        ),
        ({"messages": [{"role": "tool", "content": ""}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "function", "name": "f", "content": ""}]}, "messages[0].name"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages[0].tool_calls[0].id"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"stop": [1]}, "stop"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"function": {}}]}, "tools[0].function.name"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
        ({"tool_choice": {"type": "mcp"}}, "tool_choice.type"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"response_format": "json"}, "response_format"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_a_wrong_type_names_its_field(fields: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        read(**fields)
    assert param == raised.value.param


@pytest.mark.parametrize(
    ("fields", "choice"),
    [
        ({"tool_choice": "any"}, ToolChoice(ToolMode.REQUIRED)),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            ToolChoice(ToolMode.REQUIRED, "f"),
        ),
        (
            {"tool_choice": {"type": "custom", "custom": {"name": "f"}}},
            ToolChoice(ToolMode.REQUIRED, "f", custom=True),
        ),
        ({"function_call": {"name": "f"}}, ToolChoice(ToolMode.REQUIRED, "f")),
    ],
)
def test_a_tool_choice_is_read(fields: dict[str, object], choice: ToolChoice) -> None:
    assert choice == read(**fields).tool_choice


@pytest.mark.parametrize(
    ("fields", "config"),
    [
        ({"reasoning_effort": "none"}, ReasoningConfig(effort="none")),
        ({"reasoning": {"effort": "high"}}, ReasoningConfig(effort="high")),
        ({"reasoning": {"max_tokens": 2000}}, ReasoningConfig(budget_tokens=2000)),
        ({"reasoning": {"enabled": True}}, ReasoningConfig(effort="medium")),
        ({"reasoning": {"enabled": False}}, ReasoningConfig(disabled=True)),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, ReasoningConfig(budget_tokens=2000)),
        ({"thinking": {"type": "enabled"}}, ReasoningConfig(effort="medium")),
        ({"thinking": {"type": "disabled"}}, ReasoningConfig(disabled=True)),
        ({"thinking": {"type": "adaptive"}}, ReasoningConfig(adaptive=True)),
    ],
)
def test_how_hard_to_think_is_read(fields: dict[str, object], config: ReasoningConfig) -> None:
    assert config == read(**fields).reasoning


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({"max_tokens": 1, "max_completion_tokens": 2}, ("max_tokens",)),
        ({"user": "a", "safety_identifier": "b"}, ("safety_identifier",)),
        ({"n": 1, "logprobs": False, "logit_bias": {}, "modalities": ["text"]}, ()),
        ({"n": 2, "enable_thinking": True}, ("n", "enable_thinking")),
        ({"stream_options": {"include_obfuscation": False}}, ("stream_options.include_obfuscation",)),
        ({"messages": [{**USER, "weight": 1}]}, ("messages[0].weight",)),
    ],
)
def test_what_is_not_held_is_told(fields: dict[str, object], lost: tuple[str, ...]) -> None:
    assert lost == read(**fields).unmodelled


def test_a_stream_is_asked_for_its_usage_whatever_the_client_wants() -> None:
    body, _ = written(Request("m", (), stream=True, include_usage=False))
    assert {"include_usage": True} == body["stream_options"]


def test_what_a_tool_showed_follows_all_tool_results() -> None:
    """A tool's message takes text alone, and nothing may stand between the results of parallel calls."""
    image = Image(Inline("image/png", "AAAA"))
    messages = (
        Message(Role.ASSISTANT, (ToolCall("a", "f", ""), ToolCall("b", "f", ""))),
        Message(Role.TOOL, (ToolResult("a", (Text("seen"), image)), ToolResult("b", (), is_error=True))),
        Message(Role.USER, (Text("So?"),)),
    )
    body, lost = written(Request("m", messages))
    roles = [(message["role"], message.get("tool_call_id")) for message in body["messages"]]
    assert [("assistant", None), ("tool", "a"), ("tool", "b"), ("user", None), ("user", None)] == roles
    assert ["seen", ""] == [message["content"] for message in body["messages"][1:3]]
    assert "Output of the tool call a:" == body["messages"][3]["content"][0]["text"]
    assert ("messages[1].is_error",) == lost


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (
            Request("m", (Message(Role.USER, (Opaque("x", "messages[0].content[3]", "search", {}),)),)),
            "messages[0].content[3]",
        ),
        (Request("m", (Message(Role.USER, (Image(FileId("f")),)),)), "messages[0].content[0]"),
        (Request("m", (Message(Role.USER, (Document(Url("https://x")),)),)), "messages[0].content[0]"),
        (Request("m", (), tools=(OpaqueTool("x", "tools[2]", "bash", {}),)), "tools[2]"),
    ],
)
def test_what_cannot_cross_is_refused(request_: Request, param: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        written(request_)
    assert param == raised.value.param


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        (Request("m", (), top_k=5), "top_k"),
        (Request("m", (), parallel_tool_calls=True), "parallel_tool_calls"),
        (Request("m", (), tool_choice=ToolChoice(ToolMode.NONE)), "tool_choice"),
        (Request("m", (), service_tier="standard_only"), "service_tier"),
        (Request("m", (), reasoning=ReasoningConfig(summary="auto")), "reasoning.summary"),
        (Request("m", (), reasoning=ReasoningConfig(disabled=True)), "reasoning.disabled"),
        (Request("m", (), tools=(Tool("f", cache=CacheControl()),)), "tools[0].cache_control"),
    ],
)
def test_what_is_left_out_is_told(request_: Request, lost: str) -> None:
    assert (lost,) == written(request_)[1]


# Every string of JSON, i.e. without halves of surrogate pairs.
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
SCHEMAS = st.just({"type": "object", "properties": {"a": {"type": "string"}}})
PLAIN_TEXT = TEXTS.filter(bool).map(Text)
MEDIA = st.builds(Inline, st.sampled_from(["image/png", "application/pdf"]), st.just("AAAA"))
USER_PARTS = st.one_of(
    PLAIN_TEXT,
    st.builds(Image, MEDIA | st.just(Url("https://x/y")), st.none() | st.just("low")),
    st.builds(Audio, st.just("AA=="), st.just("wav")),
    st.builds(Document, MEDIA | st.builds(FileId, NAMES) | st.just(Inline("", "QQ==")), st.none() | NAMES),
)
CALLS = st.one_of(
    st.builds(ToolCall, NAMES, NAMES, st.just('{"a":1}')),
    st.builds(ToolCall, NAMES, NAMES, TEXTS, st.just(True)),
)


def _assistant(thought, texts, refusal, calls, name):
    parts = [*thought, *texts, *refusal, *calls]
    return Message(Role.ASSISTANT, tuple(parts), name)


def _result(call_id: str, texts: list[Text]) -> Message:
    return Message(Role.TOOL, (ToolResult(call_id + "0", tuple(texts)),))


MESSAGES = st.one_of(
    st.builds(
        Message,
        st.sampled_from([Role.SYSTEM, Role.DEVELOPER]),
        st.lists(PLAIN_TEXT, max_size=2).map(tuple),
        st.none() | NAMES,
    ),
    st.builds(Message, st.just(Role.USER), st.lists(USER_PARTS, max_size=3).map(tuple), st.none() | NAMES),
    st.builds(
        _assistant,
        st.lists(TEXTS.filter(bool).map(Reasoning), max_size=1),
        st.lists(PLAIN_TEXT, max_size=2),
        st.lists(TEXTS.filter(bool).map(Refusal), max_size=1),
        st.lists(CALLS, max_size=2),
        st.none() | NAMES,
    ),
    st.builds(_result, NAMES, st.lists(PLAIN_TEXT, max_size=2)),
)
GRAMMAR = st.just({"type": "grammar", "syntax": "lark", "definition": "x"})
TOOLS = st.one_of(
    st.builds(Tool, NAMES, st.none() | TEXTS, st.none() | SCHEMAS, st.none() | st.booleans()),
    st.builds(Tool, NAMES, st.none() | TEXTS, custom=st.just(True), format=st.none() | GRAMMAR),
)
CHOICES = st.one_of(
    st.builds(ToolChoice, st.sampled_from(ToolMode)),
    st.builds(ToolChoice, st.just(ToolMode.REQUIRED), NAMES, custom=st.booleans()),
    st.builds(ToolChoice, st.just(ToolMode.AUTO), allowed=st.lists(NAMES, min_size=1).map(tuple)),
)
FLOATS = st.none() | st.floats(-2, 2)
COUNTS = st.none() | st.integers(1, 10**6)


@st.composite
def requests(draw):
    """What the Chat Completions API can say."""
    tools = tuple(draw(st.lists(TOOLS, max_size=3)))
    stream = draw(st.booleans())
    return Request(
        model=draw(NAMES),
        messages=tuple(draw(st.lists(MESSAGES, max_size=5))),
        tools=tools,
        tool_choice=draw(st.none() | CHOICES) if tools else None,
        parallel_tool_calls=draw(st.none() | st.booleans()) if tools else None,
        output_tokens_max=draw(COUNTS),
        temperature=draw(FLOATS),
        top_p=draw(FLOATS),
        stop=tuple(draw(st.lists(TEXTS, max_size=2))),
        seed=draw(COUNTS),
        frequency_penalty=draw(FLOATS),
        presence_penalty=draw(FLOATS),
        output_format=draw(
            st.none()
            | st.just(OutputFormat())
            | st.builds(OutputFormat, SCHEMAS, NAMES, st.none() | TEXTS, st.none() | st.booleans())
        ),
        verbosity=draw(st.none() | st.just("low")),
        reasoning=draw(st.none() | st.builds(ReasoningConfig, st.sampled_from(["none", "low", "max"]))),
        stream=stream,
        include_usage=stream,
        user=draw(st.none() | TEXTS),
        metadata=draw(st.none() | st.dictionaries(NAMES, TEXTS, min_size=1, max_size=2)),
        service_tier=draw(st.none() | st.just("flex")),
        store=draw(st.none() | st.booleans()),
    )


@given(request=requests())
def test_what_is_written_is_read_again(request: Request) -> None:
    body, lost = written(request)
    assert () == lost
    assert request == DIALECT.read_request(body)


_OFFICIAL = TypeAdapter(CompletionCreateParamsStreaming)


def _consumed(value):
    """pydantic checks what the SDK calls an Iterable only when it is iterated."""
    if isinstance(value, dict):
        return {key: _consumed(item) for key, item in value.items()}
    return value if isinstance(value, str) or not hasattr(value, "__iter__") else [*map(_consumed, value)]


@given(request=requests())
def test_the_official_types_take_what_is_written(request: Request) -> None:
    body, _ = written(request)
    _consumed(_OFFICIAL.validate_python({**body, "stream": True}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
_NESTED = """
    role content type text image_url input_audio tool_calls function name id file thinking reasoning
    reasoning_details custom tool_call_id allowed_tools json_schema
"""
_KEYS = st.sampled_from([*MODELLED, *UNMODELLED, *_NESTED.split()])
LIKE_A_REQUEST = st.recursive(
    JSON | st.sampled_from(["user", "assistant", "tool", "text", "function", "custom", "json_schema"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(body=st.dictionaries(_KEYS, LIKE_A_REQUEST))
def test_no_json_is_too_strange(body: dict[str, typing.Any]) -> None:
    """Whatever the body is, it is read or refused; any other exception is a fault."""
    with contextlib.suppress(InvalidRequest):
        DIALECT.read_request(body)
