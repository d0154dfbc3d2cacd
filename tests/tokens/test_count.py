"""The tokens of a request: what is counted in it, and what is added."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.errors import InvalidRequest
from extproc.limits import COUNTED_CHARS_MAX
from extproc.llm.parts import (
    Audio,
    Document,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from extproc.llm.request import Message, OpaqueTool, OutputFormat, Request, Role, Tool
from extproc.tokens.count import count
from extproc.tokens.vocabulary import Vocabulary

HELLO = Message(Role.USER, (Text("hello world"),))
WEATHER = Tool("get_weather", "The weather somewhere", {"type": "object"})
SEARCH = OpaqueTool("anthropic_messages", "tools[0]", "web_search_20250305", {"type": "web_search_20250305"})


class Characters(Vocabulary):
    """A token a character: sums can be done by eye."""

    def count(self, text: str) -> int:
        return len(text)


CHARACTERS = Characters()


def counted(*messages: Message, model: str = "gpt-4o", tools: tuple[Tool | OpaqueTool, ...] = ()) -> int:
    return count(Request(model, messages, tools), CHARACTERS)


def test_a_message_has_its_texts_tokens_four_more_and_the_answer_three() -> None:
    """As OpenAI's cookbook counts."""
    assert 3 + 4 + 2 == count(Request("gpt-4o", (HELLO,)))


def test_each_message_counts() -> None:
    """System prompt, question and answer."""
    system = Message(Role.SYSTEM, (Text("Be brief."),))
    answer = Message(Role.ASSISTANT, (Text("Hi."),), name="bob")

    assert 3 + (4 + 9) + (4 + 11) + (4 + 1 + 3 + 3) == counted(system, HELLO, answer)


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (Text("12345"), 5),
        (Refusal("12345"), 5),
        (Reasoning("12345", signature="long and of no interest"), 5),
        (ToolCall("call_1", "look", '{"a":1}'), 8 + 4 + 7),
        (ToolResult("call_1", (Text("123"), Image(Url("https://example.com")))), 4 + 3 + 1600),
        (Image(Url("https://example.com")), 1600),
        (Audio("AAAA", "mp3"), 1),
        (Document(Text("12345"), name="a.txt", context="why"), 5 + 5 + 3),
        (Document(Url("https://example.com")), 2000),
        (Opaque("anthropic_messages", "messages[0].content[0]", "new", {"type": "new"}), 14),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, int) else "",
)
def test_each_kind_of_part_counts(part: Part, tokens: int) -> None:
    """Ids and signatures do not: models are not shown them."""
    assert tokens == counted(Message(Role.USER, (part,))) - counted(Message(Role.USER, ()))


@pytest.mark.parametrize(
    ("tool", "tokens"),
    [
        (Tool("f"), 8 + 1),
        (WEATHER, 8 + 11 + 21 + 17),
        (Tool("f", custom=True, format={"type": "text"}), 8 + 1 + 15),
        (SEARCH, 8 + 30),
    ],
    ids=["bare", "function", "custom", "server tool"],
)
def test_a_tool_counts_by_its_definition(tool: Tool | OpaqueTool, tokens: int) -> None:
    """Name, description, and the schema's JSON."""
    assert tokens == counted(HELLO, tools=(tool,)) - counted(HELLO)


def test_the_schema_of_the_answer_counts() -> None:
    """Providers tell the model."""
    bare = Request("gpt-4o", (HELLO,))
    formatted = msgspec.structs.replace(bare, output_format=OutputFormat({"type": "object"}))

    assert 17 == count(formatted, CHARACTERS) - count(bare, CHARACTERS)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4o", 1007),
        ("llama-3.3-70b-versatile", 1007),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 1207),
        ("Claude-Opus-4-1", 1207),
        ("gemini-2.5-pro", 1107),
        ("deepseek-chat", 1057),
    ],
)
def test_a_family_that_cuts_texts_finer_counts_more(model: str, tokens: int) -> None:
    """By the model's name, whoever hosts it; what is around the texts stays."""
    assert tokens == counted(Message(Role.USER, (Text("x" * 1000),)), model=model)


def test_claude_is_told_how_to_use_tools() -> None:
    """Anthropic's own system prompt, where there are any."""
    with_tools = counted(model="claude-x", tools=(Tool(""),))

    assert 346 + 8 == with_tools - counted(model="claude-x")


def test_text_that_no_model_could_read_is_counted_in_part() -> None:
    """The rest is taken to be like it: a caller cannot keep a worker busy for long."""

    class Recording(Characters):
        seen = 0

        def count(self, text: str) -> int:
            self.seen += len(text)
            return len(text) // 4

    vocabulary = Recording()
    parts = (Text("x" * COUNTED_CHARS_MAX), Text("y" * COUNTED_CHARS_MAX))

    tokens = count(Request("gpt-4o", (Message(Role.USER, parts),)), vocabulary)

    assert (COUNTED_CHARS_MAX, COUNTED_CHARS_MAX // 2 + 7) == (vocabulary.seen, tokens)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from(["text", "image", "document", "tool_use", "tool_result", "thinking", "new"])
BLOCKS = st.fixed_dictionaries(
    {"type": TYPES, "text": st.text(max_size=20)}, optional={"source": JSON, "input": JSON}
)
BODIES = st.fixed_dictionaries(
    {"messages": st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": st.lists(BLOCKS)}))},
    optional={"system": st.text(), "tools": JSON},
)


@pytest.mark.parametrize("api", CLIENT_DIALECTS, ids=str)
@given(body=BODIES | st.dictionaries(st.text(), JSON))
def test_what_can_be_read_can_be_counted(api, body) -> None:
    """Whatever a dialect makes of a body."""
    try:
        request = CLIENT_DIALECTS[api].read_request(body)
    except InvalidRequest:
        return

    assert count(request, CHARACTERS) >= 3
