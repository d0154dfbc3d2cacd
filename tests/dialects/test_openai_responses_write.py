"""Responses requests as they are written for a provider."""

from typing import Any

import pytest
from hypothesis import given
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from openai.types.responses.tool_choice_allowed_param import ToolChoiceAllowedParam
from pydantic import TypeAdapter

from extproc.dialects.openai_responses import DIALECT
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
    ReasoningConfig,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolMode,
)
from tests.dialects.responses_strategies import requests

SDK_REQUEST: TypeAdapter[Any] = TypeAdapter(ResponseCreateParamsNonStreaming)


def written(*messages: Message, **fields: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body and what was lost."""
    losses = Losses()
    return DIALECT.write_request(Request("m", messages, **fields), losses), losses.paths


def said(role: Role, *parts: Part) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The items of one message and what was lost; a question comes before it."""
    body, lost = written(Message(Role.USER, (Text("?"),)), Message(role, parts))
    return body["input"][1:], lost


@given(requests)
def test_what_is_written_is_read_again(request_: Request) -> None:
    """Everything that is modelled survives."""
    losses = Losses()
    body = DIALECT.write_request(request_, losses)
    assert request_ == DIALECT.read_request(body)
    assert () == losses.paths


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text("a"), {"type": "input_text", "text": "a"}),
        (
            Image(Inline("", "iVBORw0KGgo")),
            {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw0KGgo"},
        ),
        (Image(FileId("f"), "low"), {"type": "input_image", "detail": "low", "file_id": "f"}),
        (
            Document(Inline("application/pdf", "JVBE")),
            {
                "type": "input_file",
                "filename": "document.pdf",
                "file_data": "data:application/pdf;base64,JVBE",
            },
        ),
        (
            Document(Text("hi"), "a.txt"),
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="},
        ),
        (Document(Url("https://e.org/a.pdf")), {"type": "input_file", "file_url": "https://e.org/a.pdf"}),
    ],
)
def test_user_content(part: Part, expected: dict[str, Any]) -> None:
    """Each kind of part in a user's message."""
    items, lost = said(Role.USER, part)
    assert [{"type": "message", "role": "user", "content": [expected]}] == items
    assert () == lost


def test_a_first_system_text_is_the_instructions() -> None:
    """Further ones, and those of several parts, are items."""
    body, _ = written(Message(Role.SYSTEM, (Text("a"),)), Message(Role.SYSTEM, (Text("b"),)))
    assert "a" == body["instructions"]
    assert [{"type": "message", "role": "system", "content": [{"type": "input_text", "text": "b"}]}] == body[
        "input"
    ]


def test_a_turn_of_the_model_becomes_items_in_its_order() -> None:
    """Words, reasoning of this API, calls, and a refusal beside a text."""
    items, lost = said(
        Role.ASSISTANT,
        Reasoning("hm", signature="E", id="rs_1", origin="openai_responses"),
        Text("Looking."),
        ToolCall("c1", "f", ""),
        Text("a"),
        Refusal("no"),
    )
    assert [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "id": "rs_1",
            "encrypted_content": "E",
        },
        {"type": "message", "role": "assistant", "content": "Looking."},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "a", "annotations": []},
                {"type": "refusal", "refusal": "no"},
            ],
        },
    ] == items
    assert () == lost


def test_the_output_of_a_custom_call_says_so() -> None:
    """Chat's tool messages do not."""
    body, _ = written(
        Message(Role.ASSISTANT, (ToolCall("c1", "g", "ls", custom=True),)),
        Message(Role.TOOL, (ToolResult("c1", (Text("1"),)), ToolResult("c2", ()))),
    )
    assert [
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": ""},
    ] == body["input"][1:]


def test_results_among_a_users_words() -> None:
    """Messages carries both in one message; images of a result stay in it."""
    items, _ = said(Role.USER, ToolResult("c", (Image(Url("https://e.org/a.png")),)), Text("And?"))
    assert ["function_call_output", "message"] == [item["type"] for item in items]
    assert [{"type": "input_image", "detail": "auto", "image_url": "https://e.org/a.png"}] == items[0][
        "output"
    ]


def test_long_call_ids_are_shortened_alike_in_call_and_output() -> None:
    """The API takes 64 characters."""
    body, _ = written(
        Message(Role.ASSISTANT, (ToolCall("x" * 65, "f", "{}"),)),
        Message(Role.TOOL, (ToolResult("x" * 65, ()),)),
    )
    first, second = (item["call_id"] for item in body["input"])
    assert first == second
    assert 64 >= len(first)


@pytest.mark.parametrize(
    ("role", "part", "lost"),
    [
        (Role.USER, Text("a", CacheControl()), "messages[1].content[0].cache_control"),
        (Role.USER, Document(FileId("f"), "name"), "messages[1].content[0].name"),
        (Role.USER, Document(FileId("f"), context="c"), "messages[1].content[0].context"),
        (Role.USER, Document(FileId("f"), citations=True), "messages[1].content[0].citations"),
        (Role.TOOL, ToolResult("c", (), is_error=True), "messages[1].content[0].is_error"),
        (Role.ASSISTANT, Reasoning("hm"), "messages[1].content[0]"),
        (
            Role.ASSISTANT,
            Reasoning("hm", id="rs_1", origin="openai_responses"),
            "messages[1].content[0]",
        ),
        (
            Role.ASSISTANT,
            Reasoning("hm", signature="S", origin="anthropic_messages"),
            "messages[1].content[0]",
        ),
    ],
)
def test_what_is_left_out_is_told(role: Role, part: Part, lost: str) -> None:
    """By its path."""
    assert (lost,) == said(role, part)[1]


@pytest.mark.parametrize(
    ("role", "part", "param"),
    [
        (
            Role.USER,
            Opaque("anthropic_messages", "messages[0].content[0]", "search_result", {}),
            "messages[0].content[0]",
        ),
        (Role.ASSISTANT, Image(FileId("f")), "messages[1].content[0]"),
        (Role.USER, Refusal("no"), "messages[1].content[0]"),
        (Role.TOOL, ToolResult("c", (Refusal("no"),)), "messages[1].content[0].content[0]"),
        (Role.USER, Image(Url("s3://bucket/key")), "messages[1].content[0]"),
    ],
)
def test_content_that_cannot_cross_is_refused(role: Role, part: Part, param: str) -> None:
    """A 400 that names the field."""
    with pytest.raises(InvalidRequest) as caught:
        said(role, part)
    assert param == caught.value.param


def test_a_foreign_server_tool_is_refused() -> None:
    """By its place among the client's tools."""
    tool = OpaqueTool("anthropic_messages", "tools[3]", "bash_20250124", {})
    with pytest.raises(InvalidRequest) as caught:
        written(tools=(tool,))
    assert "tools[3]" == caught.value.param


@pytest.mark.parametrize(
    ("fields", "expected", "lost"),
    [
        ({}, {"store": False}, ()),
        ({"store": True}, {"store": True}, ()),
        ({"output_tokens_max": 1}, {"max_output_tokens": 16}, ("output_tokens_max",)),
        ({"top_k": 3, "stop": ("x",), "seed": 0}, {}, ("top_k", "stop", "seed")),
        ({"frequency_penalty": 0.0, "presence_penalty": 1}, {}, ("frequency_penalty", "presence_penalty")),
        ({"service_tier": "standard_only"}, {"service_tier": "default"}, ()),
        ({"service_tier": "on_demand"}, {}, ("service_tier",)),
        (
            {"reasoning": ReasoningConfig("none")},
            {"reasoning": {"effort": "none"}},
            (),
        ),
        (
            {"reasoning": ReasoningConfig(budget_tokens=20_000)},
            {
                "reasoning": {"effort": "high", "summary": "auto"},
                "include": ["reasoning.encrypted_content"],
            },
            (),
        ),
        (
            {"reasoning": ReasoningConfig(adaptive=True)},
            {"reasoning": {"summary": "auto"}, "include": ["reasoning.encrypted_content"]},
            (),
        ),
        ({"reasoning": ReasoningConfig(disabled=True)}, {}, ("reasoning",)),
        ({"stream": True}, {"stream": True}, ()),
        (
            {"tools": (Tool("f"),), "tool_choice": ToolChoice(ToolMode.AUTO, allowed=("f",))},
            {
                "tools": [
                    {
                        "type": "function",
                        "name": "f",
                        "parameters": {"type": "object", "properties": {}},
                        "strict": False,
                    }
                ],
                "tool_choice": {
                    "type": "allowed_tools",
                    "mode": "auto",
                    "tools": [{"type": "function", "name": "f"}],
                },
            },
            (),
        ),
        ({"tools": (Tool("f", parameters={}, cache=CacheControl()),)}, None, ("tools[0].cache_control",)),
    ],
)
def test_parameters(fields: dict[str, Any], expected: dict[str, Any] | None, lost: tuple[str, ...]) -> None:
    """What is sent for each, and what is told."""
    body, paths = written(**fields)
    assert lost == paths
    if expected is not None:
        assert {"model": "m", "input": [], "store": False, **expected} == body


def test_encrypted_reasoning_is_asked_for_again() -> None:
    """A history with it shows that the model reasons."""
    thought = Reasoning("", signature="E", origin="openai_responses")
    body, _ = written(Message(Role.ASSISTANT, (thought,)))
    assert ["reasoning.encrypted_content"] == body["include"]


def test_a_long_user_id_is_hashed() -> None:
    """The API takes 64 characters; its own advice is a hash."""
    body, lost = written(user="user_" + "x" * 100)
    assert 64 == len(body["user"])
    assert ("user",) == lost


@pytest.mark.parametrize(
    "message",
    [
        Message(Role.USER, (Text("a"), Image(Url("https://e.org/a.png")), Document(FileId("f")))),
        Message(Role.ASSISTANT, (Text("a"), ToolCall("c", "f", "{}"), ToolCall("d", "g", "x", custom=True))),
        Message(
            Role.TOOL,
            (ToolResult("c", (Text("1"),)), ToolResult("d", (Text("1"), Image(FileId("f"))), custom=True)),
        ),
        Message(Role.ASSISTANT, (Reasoning("a", signature="E", id="rs_1", origin="openai_responses"),)),
    ],
)
def test_the_sdk_knows_what_is_written(message: Message) -> None:
    """Its request type takes the body."""
    body, _ = written(
        message, tools=(Tool("f", parameters={"type": "object"}), Tool("g", custom=True)), temperature=0.5
    )
    SDK_REQUEST.validate_python(body, strict=False)


def test_the_sdk_knows_the_tool_choice() -> None:
    """The form with a list of dictionaries."""
    body, _ = written(tools=(Tool("g", custom=True),), tool_choice=ToolChoice(ToolMode.AUTO, allowed=("g",)))
    TypeAdapter(ToolChoiceAllowedParam).validate_python(body["tool_choice"])
    assert [{"type": "custom", "name": "g"}] == body["tool_choice"]["tools"]


def test_audio_is_sent_as_it_came() -> None:
    """The provider says whether its model hears."""
    items, _ = said(Role.USER, Audio("UklG", "wav"))
    assert [{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}] == items[0]["content"]


def test_state_of_this_api_is_written_back() -> None:
    """As the fields that it was read from."""
    body, _ = written(
        Message(
            Role.USER,
            (Opaque("openai_responses", "conversation", "conversation", {"conversation": "conv_1"}),),
        )
    )
    assert "conv_1" == body["conversation"]
    assert [] == body["input"]


def test_an_item_without_a_type_is_written_back() -> None:
    """A reference may be nothing but an id."""
    reference = {"id": "msg_1"}
    body, _ = written(
        Message(Role.ASSISTANT, (Opaque("openai_responses", "input[0]", "item_reference", reference),))
    )
    assert [reference] == body["input"]
