"""A whole answer and a streamed one say the same."""

from hypothesis import given
from hypothesis import strategies as st

from extproc.llm.events import Delta, Failed, Finished, PartEnded, PartKind, PartStarted, Ping, Started
from extproc.llm.parts import Opaque, Reasoning, Refusal, Text, ToolCall
from extproc.llm.replay import Collector, events_of
from extproc.llm.response import Finish, Response, Usage

TEXTS = st.text(max_size=4)
OPTIONAL = st.none() | st.text(min_size=1, max_size=4)
PARTS = st.one_of(
    st.builds(Text, TEXTS, annotations=st.just(({"type": "url_citation"},)) | st.just(())),
    st.builds(Refusal, TEXTS),
    st.builds(Reasoning, TEXTS, OPTIONAL, OPTIONAL, OPTIONAL, OPTIONAL),
    st.builds(ToolCall, TEXTS, TEXTS, TEXTS, st.booleans()),
)
RESPONSES = st.builds(
    Response,
    TEXTS,
    TEXTS,
    st.lists(PARTS, max_size=4).map(tuple),
    st.sampled_from(Finish),
    st.none() | st.integers(0, 9),
    OPTIONAL,
    st.none() | st.builds(Usage, st.integers(0, 9), st.integers(0, 9)),
    OPTIONAL,
)


def collected(events) -> Collector:
    collector = Collector()
    for event in events:
        collector.add(event)
    return collector


@given(response=RESPONSES)
def test_there_and_back(response: Response) -> None:
    assert response == collected(events_of(response)).response()


def test_parts_may_overlap() -> None:
    events = [
        Started("i", "m"),
        PartStarted(0, PartKind.TOOL_CALL, "a", "f"),
        PartStarted(1, PartKind.TOOL_CALL, "b", "g"),
        Delta(1, "{"),
        Delta(0, "[]"),
        Ping(),
        Delta(1, "}"),
        PartEnded(1),
        PartEnded(0),
        Finished(Finish.TOOL_CALLS),
    ]
    assert (ToolCall("a", "f", "[]"), ToolCall("b", "g", "{}")) == collected(events).response().parts


def test_what_no_stream_has_is_left_out() -> None:
    """The parts behind it are numbered without a gap."""
    parts = (Opaque("anthropic_messages", "content[0]", "server_tool_use", {}), Text("a"))
    events = events_of(Response("i", "m", parts, Finish.STOP))
    assert PartStarted(0, PartKind.TEXT) == events[1]


def test_a_failure_is_kept() -> None:
    assert Failed("m") == collected([Started(), Failed("m")]).failed
