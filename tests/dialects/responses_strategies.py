"""Requests and answers that the Responses API can say, for hypothesis."""

from hypothesis import strategies as st

from extproc.llm.events import Delta, Event, Finished, PartEnded, PartKind, PartStarted, Started
from extproc.llm.parts import (
    Audio,
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
from extproc.llm.response import Finish, Response, Usage

ORIGIN = "openai_responses"

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
names = st.from_regex(r"[a-zA-Z0-9_-]{1,12}", fullmatch=True)
schemas = st.dictionaries(names, st.integers() | words, max_size=2)
urls = names.map(lambda name: f"https://example.org/{name}")
inline = st.builds(Inline, st.sampled_from(["image/png", "application/pdf", "text/plain"]), st.just("aGk="))
annotations = st.lists(
    st.builds(
        lambda url: {"type": "url_citation", "url": url, "title": "t", "start_index": 0, "end_index": 1}, urls
    ),
    max_size=2,
).map(tuple)

texts = st.builds(Text, words)
images = st.builds(
    Image,
    st.builds(Url, urls) | inline | st.builds(FileId, names),
    st.sampled_from(["low", "high", "auto"]),
)
documents = (
    st.builds(Document, inline, words)
    | st.builds(Document, st.builds(Url, urls))
    | st.builds(Document, st.builds(FileId, names))
)
said = texts | images | documents
user_parts = said | st.builds(Audio, st.just("aGk="), st.sampled_from(["wav", "mp3"]))

reasoning = st.builds(Reasoning, st.just("") | words, signature=words, id=names, origin=st.just(ORIGIN))
function_calls = st.builds(ToolCall, names, names, st.just('{"a":1}'), item_id=st.none() | names)
custom_calls = st.builds(ToolCall, names, names, words, st.just(True), st.none() | names)
calls = function_calls | custom_calls
output_parts = st.builds(Text, words, annotations=annotations) | st.builds(Refusal, words)
opaque_items = st.builds(
    lambda name: Opaque(ORIGIN, "input[0]", "item_reference", {"type": "item_reference", "id": name}), names
)


def _message(role: Role, parts: st.SearchStrategy[object]) -> st.SearchStrategy[Message]:
    return st.lists(parts, min_size=1, max_size=4).map(lambda some: Message(role, tuple(some)))


user = _message(Role.USER, user_parts)
system = _message(Role.SYSTEM, texts) | _message(Role.DEVELOPER, texts)
assistant = _message(Role.ASSISTANT, output_parts | calls | reasoning)
results = st.builds(
    ToolResult,
    names.map(lambda name: f"r_{name}"),
    st.lists(said, max_size=2).map(tuple),
    custom=st.booleans(),
)
tool = _message(Role.TOOL, results)


def _apart(messages: list[Message]) -> tuple[Message, ...]:
    """Without neighbours that the reader would take for one turn."""
    kept: list[Message] = []
    for message in messages:
        if kept and kept[-1].role is message.role and message.role in {Role.ASSISTANT, Role.TOOL}:
            continue
        kept.append(message)
    return tuple(kept)


conversations = st.lists(user | system | assistant | tool, max_size=6).map(_apart)

tools = st.lists(
    st.builds(Tool, names, st.none() | words, schemas, st.booleans())
    | st.builds(
        Tool,
        names,
        st.none() | words,
        custom=st.just(True),
        format=st.none() | st.just({"type": "grammar", "syntax": "lark", "definition": "s"}),
    )
    | st.just(OpaqueTool(ORIGIN, "tools[0]", "web_search", {"type": "web_search"})),
    max_size=3,
).map(lambda some: tuple(tool if isinstance(tool, Tool) else _at(tool, i) for i, tool in enumerate(some)))


def _at(tool: OpaqueTool, index: int) -> OpaqueTool:
    return OpaqueTool(tool.origin, f"tools[{index}]", tool.type, tool.raw)


choices = (
    st.builds(ToolChoice, st.sampled_from(ToolMode))
    | st.builds(ToolChoice, st.just(ToolMode.REQUIRED), names, custom=st.booleans())
    | st.builds(
        ToolChoice,
        st.sampled_from([ToolMode.AUTO, ToolMode.REQUIRED]),
        allowed=st.lists(names, min_size=1, max_size=2).map(tuple),
    )
)

requests = st.builds(
    Request,
    names,
    conversations,
    tools,
    st.none() | choices,
    parallel_tool_calls=st.none() | st.booleans(),
    output_tokens_max=st.none() | st.integers(16, 100_000),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    output_format=st.none()
    | st.just(OutputFormat())
    | st.builds(OutputFormat, schemas, names, st.none() | words, st.none() | st.booleans()),
    verbosity=st.none() | st.sampled_from(["low", "high"]),
    reasoning=st.none()
    | st.builds(
        ReasoningConfig, st.sampled_from(["none", "low", "xhigh"]), summary=st.none() | st.just("auto")
    ),
    stream=st.booleans(),
    include_usage=st.just(True),
    user=st.none() | names,
    metadata=st.none() | st.dictionaries(names, words, min_size=1, max_size=2),
    service_tier=st.none() | st.sampled_from(["auto", "flex"]),
    store=st.booleans(),
)
"""What the writer would fill in is said: `store`, `strict`, parameters, an image's detail, a file's name."""

usages = st.builds(Usage, *[st.integers(0, 10_000)] * 5)

ended = {
    Finish.STOP: False,
    Finish.TOOL_CALLS: True,
    Finish.LENGTH: None,
    Finish.CONTENT_FILTER: None,
}


def finishes(called: bool) -> st.SearchStrategy[Finish]:
    """Those that can be told from an answer with, or without, calls."""
    return st.sampled_from([finish for finish, needs in ended.items() if needs is None or needs is called])


@st.composite
def responses(draw: st.DrawFn) -> Response:
    """An answer of one turn."""
    parts = draw(
        st.lists(output_parts | function_calls_made | custom_calls_made | reasoning_made, max_size=5)
    )
    called = any(isinstance(part, ToolCall) for part in parts)
    return Response(
        "resp_" + draw(names),
        draw(names),
        tuple(parts),
        draw(finishes(called)),
        draw(st.integers(0, 2**31)),
        usage=draw(st.none() | usages),
        service_tier=draw(st.none() | st.just("default")),
    )


function_calls_made = st.builds(
    ToolCall, names, names, st.just('{"a":1}'), item_id=names.map(lambda name: f"fc_{name}")
)
custom_calls_made = st.builds(
    ToolCall, names, names, words, st.just(True), names.map(lambda name: f"ctc_{name}")
)
reasoning_made = st.builds(
    Reasoning,
    st.just("") | words,
    signature=words,
    id=names.map(lambda name: f"rs_{name}"),
    origin=st.just(ORIGIN),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Event]:
    """Events in the hub's order, parts overlapping in any way; reasoning items have ids of this API."""
    events: list[Event] = [
        Started(
            f"resp_{draw(names)}",
            draw(names),
            draw(st.integers(0, 2**31)),
            service_tier=draw(st.none() | st.just("default")),
        )
    ]
    open_parts: list[PartStarted] = []
    total = draw(st.integers(0, 5))
    begun = 0
    called = False
    while begun < total or open_parts:
        can_begin = begun < total and (not open_parts or draw(st.booleans()))
        if can_begin:
            part = draw(_started(begun))
            called = called or part.kind is PartKind.TOOL_CALL
            events.append(part)
            open_parts.append(part)
            begun += 1
            if part.kind in {PartKind.TOOL_CALL, PartKind.REASONING}:
                events.append(Delta(part.index, draw(words)))
        else:
            part = draw(st.sampled_from(open_parts))
            if draw(st.booleans()):
                events.append(Delta(part.index, draw(words)))
            else:
                events.append(draw(_ended(part)))
                open_parts.remove(part)
    events.append(Finished(draw(finishes(called)), draw(st.none() | usages)))
    return events


def _started(index: int) -> st.SearchStrategy[PartStarted]:
    return st.one_of(
        st.builds(PartStarted, st.just(index), st.sampled_from([PartKind.TEXT, PartKind.REFUSAL])),
        st.builds(PartStarted, st.just(index), st.just(PartKind.REASONING), st.just(f"rs_{index}")),
        st.builds(
            PartStarted,
            st.just(index),
            st.just(PartKind.TOOL_CALL),
            st.just(f"call_{index}"),
            names,
            st.booleans(),
        ),
    )


def _ended(part: PartStarted) -> st.SearchStrategy[PartEnded]:
    if part.kind is PartKind.REASONING:
        return st.builds(PartEnded, st.just(part.index), st.none() | words, origin=st.just(ORIGIN))
    if part.kind is PartKind.TEXT:
        return st.builds(PartEnded, st.just(part.index), annotations=annotations)
    return st.just(PartEnded(part.index))
