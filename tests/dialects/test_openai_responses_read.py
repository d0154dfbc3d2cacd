"""Responses requests as they are read."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import response_input_item_param as items
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from openai.types.responses.response_input_param import ResponseInputParam

from extproc.dialects.openai_responses import DIALECT
from extproc.dialects.openai_responses.read_items import _READERS as ITEM_READERS
from extproc.dialects.openai_responses.read_request import MODELLED_KEYS
from extproc.errors import InvalidRequest
from extproc.llm.parts import (
    Audio,
    CacheControl,
    Document,
    FileId,
    Image,
    Inline,
    Opaque,
    Part,
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

ORIGIN = "openai_responses"


def read(**fields: Any) -> Request:
    """A body with these fields, read."""
    return DIALECT.read_request({"model": "m", **fields})


def parts_of(*input_items: dict[str, Any]) -> tuple[Part, ...]:
    """The parts of all messages that these items make."""
    return tuple(part for message in read(input=list(input_items)).messages for part in message.parts)


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        ({"input": "Hi"}, [Message(Role.USER, (Text("Hi"),))]),
        (
            {"input": "Hi", "instructions": "Be brief."},
            [Message(Role.SYSTEM, (Text("Be brief."),)), Message(Role.USER, (Text("Hi"),))],
        ),
        ({"input": [{"role": "user", "content": "Hi"}]}, [Message(Role.USER, (Text("Hi"),))]),
        (
            {
                "input": [
                    {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "a"}]}
                ]
            },
            [Message(Role.DEVELOPER, (Text("a"),))],
        ),
        (
            {"input": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]},
            [Message(Role.USER, (Text("a"),)), Message(Role.USER, (Text("b"),))],
        ),
        ({"input": None}, []),
    ],
)
def test_messages(fields: dict[str, Any], messages: list[Message]) -> None:
    """Instructions come first; a string is the user's; what users say stays apart."""
    assert tuple(messages) == read(**fields).messages


def test_a_turn_of_the_model_is_one_message_and_parallel_outputs_are_one() -> None:
    """Reasoning, words and calls were one turn, and so were the answers to its calls."""
    turn = [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "E",
        },
        {
            "type": "message",
            "role": "assistant",
            "id": "msg_1",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Looking.", "annotations": [], "logprobs": []}],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "c1",
            "name": "f",
            "arguments": "{}",
            "status": "completed",
        },
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c2", "name": "g", "input": "ls"},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "2"}]},
    ]
    expected = (
        Message(
            Role.ASSISTANT,
            (
                Reasoning("hm", signature="E", id="rs_1", origin=ORIGIN),
                Text("Looking."),
                ToolCall("c1", "f", "{}", item_id="fc_1"),
                ToolCall("c2", "g", "ls", custom=True, item_id="ctc_1"),
            ),
        ),
        Message(Role.TOOL, (ToolResult("c1", (Text("1"),)), ToolResult("c2", (Text("2"),), custom=True))),
    )
    request = read(input=turn)
    assert expected == request.messages
    assert () == request.unmodelled


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "input_text", "text": "a"}, Text("a")),
        (
            {"type": "input_text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
            Text("a", CacheControl()),
        ),
        (
            {
                "type": "output_text",
                "text": "a",
                "annotations": [{"type": "file_path", "file_id": "f", "index": 0}],
            },
            Text("a", annotations=({"type": "file_path", "file_id": "f", "index": 0},)),
        ),
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        (
            {"type": "input_image", "image_url": "https://e.org/a.png", "detail": "low"},
            Image(Url("https://e.org/a.png"), "low"),
        ),
        (
            {"type": "input_image", "image_url": "data:image/png;base64,iVBO"},
            Image(Inline("image/png", "iVBO")),
        ),
        ({"type": "input_image", "file_id": "file-1", "image_url": None}, Image(FileId("file-1"))),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            Document(Inline("application/pdf", "JVBE"), "a.pdf"),
        ),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "JVBE"},
            Document(Inline("", "JVBE"), "a.pdf"),
        ),
        ({"type": "input_file", "file_url": "https://e.org/a.pdf"}, Document(Url("https://e.org/a.pdf"))),
        ({"type": "input_file", "file_id": "file-1"}, Document(FileId("file-1"))),
        (
            {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}},
            Audio("UklG", "wav"),
        ),
        (
            {"type": "input_hologram", "x": 1},
            Opaque(ORIGIN, "input[0].content[0]", "input_hologram", {"type": "input_hologram", "x": 1}),
        ),
    ],
)
def test_content_parts(part: dict[str, Any], expected: Part) -> None:
    """Each kind of content part."""
    assert (expected,) == parts_of({"role": "user", "content": [part]})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"type": "reasoning", "id": "rs_1", "summary": []},
            Reasoning("", id="rs_1", origin=ORIGIN),
        ),
        (
            {
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
            },
            Reasoning("a\n\nb"),
        ),
        (
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "raw"}]},
            Reasoning("raw"),
        ),
        (
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "a"}],
                "encrypted_content": 'plano1:["anthropic_messages",null,"SIG",null]',
            },
            Reasoning("a", signature="SIG", origin="anthropic_messages"),
        ),
    ],
)
def test_reasoning(item: dict[str, Any], expected: Part) -> None:
    """Content before summary, paragraphs parted by blank lines, and another API's signature unsealed."""
    assert (expected,) == parts_of(item)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "item_reference", "id": "msg_1"}, "item_reference"),
        ({"id": "msg_1"}, "item_reference"),
        ({"type": "web_search_call", "id": "ws_1", "status": "completed"}, "web_search_call"),
        ({"type": "function_call_output", "name": "f", "output": "1"}, "function_call_output"),
    ],
)
def test_items_of_the_provider_alone_are_opaque(item: dict[str, Any], kind: str) -> None:
    """Writers refuse them by the path and the kind that they are told."""
    assert (Opaque(ORIGIN, "input[0]", kind, item),) == parts_of(item)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("previous_response_id", "resp_1"),
        ("conversation", "conv_1"),
        ("conversation", {"id": "conv_1"}),
        ("prompt", {"id": "pmpt_1"}),
        ("background", True),
    ],
)
def test_state_at_the_provider_is_opaque_content(field: str, value: object) -> None:
    """Without it the request would mean something else, so it may not be left out."""
    request = read(input="Hi", **{field: value})
    assert Message(Role.USER, (Opaque(ORIGIN, field, field, {field: value}),)) == request.messages[0]
    assert () == request.unmodelled


@pytest.mark.parametrize("value", [None, False])
def test_no_state_is_nothing(value: object) -> None:
    """``background: false`` is what every API does."""
    assert 1 == len(read(input="Hi", background=value, previous_response_id=None).messages)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            {
                "type": "function",
                "name": "f",
                "description": "d",
                "parameters": {"type": "object"},
                "strict": True,
            },
            Tool("f", "d", {"type": "object"}, strict=True),
        ),
        ({"type": "function", "name": "f", "parameters": None, "strict": None}, Tool("f")),
        (
            {
                "type": "custom",
                "name": "g",
                "format": {"type": "grammar", "syntax": "lark", "definition": "s"},
            },
            Tool("g", custom=True, format={"type": "grammar", "syntax": "lark", "definition": "s"}),
        ),
        (
            {"type": "web_search", "filters": {}},
            OpaqueTool(ORIGIN, "tools[0]", "web_search", {"type": "web_search", "filters": {}}),
        ),
    ],
)
def test_tools(tool: dict[str, Any], expected: Tool | OpaqueTool) -> None:
    """Functions and custom tools are flat; the rest is the provider's own."""
    assert (expected,) == read(tools=[tool]).tools


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ToolChoice(ToolMode.AUTO)),
        ("required", ToolChoice(ToolMode.REQUIRED)),
        ("none", ToolChoice(ToolMode.NONE)),
        ({"type": "function", "name": "f"}, ToolChoice(ToolMode.REQUIRED, "f")),
        ({"type": "custom", "name": "g"}, ToolChoice(ToolMode.REQUIRED, "g", custom=True)),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice(ToolMode.AUTO, allowed=("f",)),
        ),
        ({"type": "web_search_preview"}, None),
        (None, None),
    ],
)
def test_tool_choice(choice: object, expected: ToolChoice | None) -> None:
    """Every form of it; a hosted tool's is lost with the tool."""
    assert expected == read(tool_choice=choice).tool_choice


def test_parameters() -> None:
    """Everything else that is modelled."""
    schema = {"type": "object"}
    body = {
        "model": "m",
        "input": [],
        "parallel_tool_calls": False,
        "max_output_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "text": {
            "format": {
                "type": "json_schema",
                "name": "n",
                "schema": schema,
                "strict": True,
                "description": "d",
            },
            "verbosity": "low",
        },
        "reasoning": {"effort": "high", "summary": "auto"},
        "metadata": {"a": "b"},
        "safety_identifier": "u",
        "store": False,
        "service_tier": "flex",
        "stream": True,
        "include": ["reasoning.encrypted_content"],
        "stream_options": {"include_obfuscation": False},
    }
    expected = Request(
        "m",
        (),
        parallel_tool_calls=False,
        output_tokens_max=100,
        temperature=0.5,
        top_p=0.9,
        output_format=OutputFormat(schema, "n", "d", strict=True),
        verbosity="low",
        reasoning=ReasoningConfig("high", summary="auto"),
        stream=True,
        include_usage=True,
        user="u",
        metadata={"a": "b"},
        service_tier="flex",
        store=False,
    )
    assert expected == DIALECT.read_request(body)


@pytest.mark.parametrize(
    ("form", "expected"),
    [({"type": "text"}, None), ({"type": "json_object"}, OutputFormat()), (None, None)],
)
def test_text_format(form: object, expected: OutputFormat | None) -> None:
    """The forms without a schema."""
    assert expected == read(text={"format": form}).output_format


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({"truncation": "auto", "max_tool_calls": 3}, ("truncation", "max_tool_calls")),
        ({"top_logprobs": None}, ()),
        ({"include": ["message.output_text.logprobs"]}, ("include[0]",)),
        ({"user": "a", "safety_identifier": "b"}, ("user",)),
        ({"reasoning": {"mode": "pro"}}, ("reasoning.mode",)),
        ({"tools": [{"type": "function", "name": "f", "defer_loading": True}]}, ("tools[0].defer_loading",)),
        ({"tool_choice": {"type": "mcp", "server_label": "x"}}, ("tool_choice",)),
        ({"input": [{"role": "assistant", "content": "a", "phase": "commentary"}]}, ("input[0].phase",)),
        ({"stream_options": {"include_obfuscation": True}}, ("stream_options.include_obfuscation",)),
        ({"vendor_field": 1}, ("vendor_field",)),
    ],
)
def test_unmodelled_fields_are_told(fields: dict[str, Any], lost: tuple[str, ...]) -> None:
    """What cannot cross has its path in `Request.unmodelled`."""
    assert lost == read(**fields).unmodelled


@pytest.mark.parametrize("key", sorted(get_type_hints(ResponseCreateParamsBase)))
def test_every_field_of_the_api_goes_somewhere(key: str) -> None:
    """It is modelled, or it is told."""
    if key not in MODELLED_KEYS:
        assert (key,) == read(**{key: "x"}).unmodelled


def _item_types() -> Iterator[str]:
    for item in get_args(get_args(ResponseInputParam)[0]) or get_args(items.ResponseInputItemParam):
        yield from _literals(get_type_hints(item)["type"])


def _literals(hint: Any) -> Iterator[str]:
    for argument in get_args(hint):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)


@pytest.mark.parametrize("kind", sorted(set(_item_types()) - ITEM_READERS.keys()))
def test_every_other_item_type_is_opaque(kind: str) -> None:
    """All the item types the SDK knows are read, as themselves or opaquely."""
    [part] = parts_of({"type": kind, "id": "x"})
    assert isinstance(part, Opaque)
    assert kind == part.type


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": 3}, "model"),
        ({"input": 3}, "input"),
        ({"input": [3]}, "input[0]"),
        ({"input": [{"role": "critic", "content": ""}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": 3}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0]"),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0].call_id"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_output_tokens": 1.5}, "max_output_tokens"),
        ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_wrong_types_are_named(fields: dict[str, Any], param: str) -> None:
    """The error's `param` is the path of the field."""
    with pytest.raises(InvalidRequest) as caught:
        read(**fields)
    assert param == caught.value.param


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *sorted(MODELLED_KEYS),
                    "type",
                    "role",
                    "content",
                    "name",
                    "format",
                    "id",
                    "call_id",
                    "output",
                    "summary",
                ]
            ),
            inner,
            max_size=4,
        )
        | st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    [*ITEM_READERS, "input_text", "input_image", "input_file", "input_audio"]
                )
            },
            optional={"role": inner, "content": inner, "output": inner, "call_id": inner, "text": inner},
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(MODELLED_KEYS)), _JSON))
def test_reading_raises_invalid_request_alone(body: dict[str, Any]) -> None:
    """Whatever JSON a client sends."""
    param: str | None = ""
    try:
        DIALECT.read_request({"model": "m", **body})
    except InvalidRequest as error:
        param = error.param
    assert param is not None
