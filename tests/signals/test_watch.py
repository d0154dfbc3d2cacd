"""A conversation followed from turn to turn, by each of the client's APIs."""

from typing import Any

import msgspec
import pytest

from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.llm.loss import Losses
from extproc.llm.parts import Text, ToolCall, ToolResult
from extproc.llm.request import Message, Request, Role
from extproc.llm.response import Finish, Response
from extproc.signals.taxonomy import Leaf
from extproc.signals.watch import Watch, dump, load

ASKED = Message(Role.USER, (Text("What's the weather in Oslo?"),))
CALLED = Message(Role.ASSISTANT, (ToolCall("c1", "get_weather", '{"city":"Oslo"}'),))
REFUSED = Message(Role.TOOL, (ToolResult("c1", (Text("HTTP 429: Too Many Requests"),)),))
ANSWERED = Message(Role.ASSISTANT, (Text("I could not find out."),))
THANKED = Message(Role.USER, (Text("that's useless, let me talk to a human"),))
WHOLE = (ASKED, CALLED, REFUSED, ANSWERED, THANKED)

EXPECTED = [Leaf.RATE_LIMIT, Leaf.ESCALATION, Leaf.NEGATIVE_STANCE]


def by(api: Api, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """`messages` as a client of `api` sends them, read again."""
    dialect = CLIENT_DIALECTS[api]
    written: dict[str, Any] = dialect.write_request(
        Request(model="m", messages=messages, output_tokens_max=9), Losses()
    )
    return dialect.read_request(msgspec.json.decode(msgspec.json.encode(written))).messages


@pytest.mark.parametrize("api", CLIENT_DIALECTS)
def test_the_same_is_seen_by_every_api(api: Api) -> None:
    """Tool calls and their results included, at the same messages."""
    found = Watch().whole(by(api, WHOLE))

    assert [(Leaf.RATE_LIMIT, 2), (Leaf.ESCALATION, 4), (Leaf.NEGATIVE_STANCE, 4)] == [
        (signal.type, signal.message) for signal in found
    ]


def test_a_request_with_the_whole_history_costs_only_its_end() -> None:
    """What was seen is not told again."""
    watch = Watch()

    assert [Leaf.RATE_LIMIT] == [signal.type for signal in watch.whole(WHOLE[:3])]
    assert EXPECTED[1:] == [signal.type for signal in watch.whole(WHOLE)]
    assert EXPECTED == [signal.type for signal in watch.state.signals]


def test_the_newest_answer_is_read_before_the_client_sends_it_back() -> None:
    """And then it is not read twice."""
    text = "Please check that the address in your settings is up to date."
    watch = Watch()
    watch.whole((ASKED, Message(Role.ASSISTANT, (Text(text),)), ASKED))
    answer = Response(id="", model="m", parts=(Text(text),), finish=Finish.STOP)

    seen = watch.answer(answer)
    again = watch.whole(
        (
            ASKED,
            Message(Role.ASSISTANT, (Text(text),)),
            ASKED,
            Message(Role.ASSISTANT, (Text(text),)),
            THANKED,
        )
    )

    assert [(Leaf.REPETITION, 3)] == [(signal.type, signal.message) for signal in seen]
    assert [4, 4] == [signal.message for signal in again]


def test_an_answer_cut_off_because_the_context_is_full() -> None:
    response = Response(id="", model="m", parts=(Text("The"),), finish=Finish.CONTEXT)

    assert [Leaf.CONTEXT_OVERFLOW] == [signal.type for signal in Watch().answer(response)]


@pytest.mark.parametrize(
    "changed",
    [WHOLE[2:], (Message(Role.USER, (Text("something else"),)), *WHOLE[1:]), WHOLE[:2]],
    ids=["cut", "edited", "shorter"],
)
def test_a_history_that_does_not_go_on_is_read_anew(changed: tuple[Message, ...]) -> None:
    """Clients cut and edit; then it is another conversation."""
    watch = Watch()
    watch.whole(WHOLE)

    watch.whole(changed)

    assert len(changed) == watch.state.messages
    assert watch.state.signals == Watch().whole(changed)


def test_only_new_messages_may_come() -> None:
    """As with ``previous_response_id``, where the history stays with the provider."""
    watch = Watch()
    for message in WHOLE:
        watch.more((message,))

    assert EXPECTED == [signal.type for signal in watch.state.signals]
    assert 4 == watch.state.signals[-1].message


def test_a_system_message_is_counted_and_not_read() -> None:
    system = Message(Role.SYSTEM, (Text("this is useless, I want a human"),))

    found = Watch().whole((system, *WHOLE))

    assert [3, 5, 5] == [signal.message for signal in found]


def test_it_can_be_stored_between_turns() -> None:
    watch = Watch()
    watch.whole(WHOLE[:3])

    restored = load(dump(watch))

    assert EXPECTED[1:] == [signal.type for signal in restored.whole(WHOLE)]


def test_the_wait_of_a_first_turn_can_be_had_before() -> None:
    """Everything that is read from files is read then."""
    from extproc.signals.analysis import warm
    from extproc.signals.lexicon import lexicon

    warm()

    assert lexicon.cache_info().currsize == 6
