"""Messages requests: what is written, which the official SDK's types judge, is read back."""

import jsonschema
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from extproc.dialects.anthropic_messages import DIALECT
from extproc.llm.loss import Losses
from extproc.llm.parts import (
    CacheControl,
    Document,
    FileId,
    Image,
    Inline,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from extproc.llm.request import (
    Message,
    OutputFormat,
    ReasoningConfig,
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


def write(request):
    losses = Losses()
    body = DIALECT.write_request(request, losses)
    SDK.validate({**body, "stream": False} if "stream" in body else body)
    return body, losses.paths


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: not text.isspace()
)
IDS = st.from_regex(r"[a-zA-Z0-9_-]{1,20}", fullmatch=True)
CACHES = st.sampled_from([None, CacheControl(), CacheControl("5m"), CacheControl("1h")])
TEXTS = st.builds(Text, WORDS, CACHES)
SOURCES = st.one_of(
    st.builds(Url, WORDS.map("https://example.com/{}".format)),
    st.builds(FileId, IDS.map("file_{}".format)),
)
IMAGES = st.builds(Image, st.one_of(SOURCES, st.just(Inline("image/png", PNG))), cache=CACHES)
OPTIONAL = st.one_of(st.none(), WORDS)
DOCUMENTS = st.builds(
    Document,
    st.one_of(SOURCES, st.just(Inline("application/pdf", PDF)), st.builds(Text, WORDS)),
    OPTIONAL,
    OPTIONAL,
    st.sampled_from([None, True, False]),
    CACHES,
)
RESULTS = st.builds(
    ToolResult,
    IDS,
    st.lists(st.one_of(TEXTS, IMAGES, DOCUMENTS), max_size=3).map(tuple),
    st.booleans(),
    cache=CACHES,
)
OPAQUE = st.just(
    Opaque(
        "anthropic_messages",
        "",
        "server_tool_use",
        {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}},
    )
)
THOUGHTS = st.one_of(
    st.builds(Reasoning, WORDS, IDS, origin=st.just("anthropic_messages")),
    st.builds(Reasoning, redacted=IDS, origin=st.just("anthropic_messages")),
)
ARGUMENTS = st.sampled_from(["{}", '{"city":"Zürich"}', '{"a":[1,null,{"b":true}]}'])
CALLS = st.builds(ToolCall, IDS, IDS, ARGUMENTS, cache=CACHES)


def some(*parts):
    return st.lists(st.one_of(*parts), min_size=1, max_size=3).map(tuple)


USERS = st.builds(Message, st.just(Role.USER), some(TEXTS, IMAGES, DOCUMENTS))
TOOLS_SAY = st.builds(Message, st.just(Role.TOOL), some(RESULTS))
ASSISTANTS = st.builds(Message, st.just(Role.ASSISTANT), some(TEXTS, THOUGHTS, CALLS, OPAQUE))
SYSTEM = st.builds(Message, st.just(Role.SYSTEM), some(TEXTS))


@st.composite
def conversations(draw):
    """User first, alternating; tool results, then what else the user says."""
    messages = [draw(SYSTEM)] if draw(st.booleans()) else []
    messages.append(draw(USERS))
    for _ in range(draw(st.integers(0, 2))):
        messages.append(draw(ASSISTANTS))
        turn = draw(st.sampled_from([(USERS,), (TOOLS_SAY,), (TOOLS_SAY, USERS)]))
        messages += [draw(part) for part in turn]
    return tuple(messages)


SCHEMAS = st.just({"type": "object", "properties": {"a": {"type": "string"}}})
TOOLS = st.builds(Tool, IDS, OPTIONAL, SCHEMAS, st.sampled_from([None, True, False]), cache=CACHES)
CHOICES = st.one_of(
    st.sampled_from([(None, None), (ToolChoice(ToolMode.NONE), None)]),
    st.tuples(
        st.one_of(
            st.sampled_from([ToolChoice(ToolMode.AUTO), ToolChoice(ToolMode.REQUIRED)]),
            st.builds(ToolChoice, st.just(ToolMode.REQUIRED), IDS),
        ),
        st.sampled_from([None, True, False]),
    ),
)
EFFORTS = st.sampled_from([None, "low", "medium", "high", "max"])
REASONING = st.one_of(
    st.none(),
    st.just(ReasoningConfig(disabled=True)),
    st.builds(ReasoningConfig, EFFORTS, adaptive=st.just(True)),
)


@st.composite
def requests(draw):
    tools = tuple(draw(st.lists(TOOLS, min_size=1, max_size=2)))
    choice, parallel = draw(CHOICES)
    forced = choice is not None and choice.mode is ToolMode.REQUIRED
    reasoning = draw(st.none() if forced else REASONING)
    thinks = reasoning is not None and reasoning.adaptive
    stream = draw(st.booleans())
    return Request(
        "claude-opus-4-6",
        draw(conversations()),
        tools,
        choice,
        parallel,
        draw(st.integers(0, 9000)),
        temperature=None if thinks else draw(st.one_of(st.none(), st.floats(0, 1))),
        top_k=None if thinks else draw(st.one_of(st.none(), st.integers(0, 500))),
        stop=tuple(draw(st.lists(WORDS, max_size=2))),
        output_format=draw(st.one_of(st.none(), st.builds(OutputFormat, SCHEMAS, strict=st.just(True)))),
        reasoning=reasoning,
        stream=stream,
        include_usage=stream,
        user=draw(OPTIONAL),
        service_tier=draw(st.sampled_from([None, "auto", "default"])),
    )


def without_paths(request):
    """An opaque block's path is where it stood."""

    def message(said):
        parts = tuple(Opaque(p.origin, "", p.type, p.raw) if isinstance(p, Opaque) else p for p in said.parts)
        return Message(said.role, parts)

    changed = {name: getattr(request, name) for name in request.__struct_fields__}
    return Request(**{**changed, "messages": tuple(message(said) for said in request.messages)})


@given(requests())
def test_what_is_written_is_read_back(request):
    body, lost = write(request)
    assert (request, ()) == (without_paths(DIALECT.read_request(body)), lost)
