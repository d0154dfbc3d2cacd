"""Which agents a request goes to."""

import asyncio

import pytest

from extproc.agents.choosing import Chosen, choose
from extproc.agents.conversation import Binding
from extproc.agents.listener import AgentListener, agent_listeners
from extproc.limits import CHAIN_AGENTS_MAX, EXT_PROC_MESSAGE_TIMEOUT_S, ROUTING_S
from extproc.llm.parts import Text, ToolResult
from extproc.llm.request import Message, Request, Role
from extproc.routers.candidate import Candidate, Candidates, Choice, Conversation, Router, Stage, Turn
from tests.agents.cast import FLIGHTS, HOTELS, LISTENER, WEATHER, ScriptedRouter, a_snapshot_of, sure, unsure


def user(text: str) -> Message:
    return Message(Role.USER, (Text(text),))


RESULT = Message(Role.TOOL, (ToolResult("c", (Text("r"),)),))
BEFORE = Request("m", (user("Good morning!"),))
ASKED = Request("m", (*BEFORE.messages, user("Will it rain?")))
AFTER_A_TOOL = Request("m", (*BEFORE.messages, RESULT))
LISTENING = agent_listeners(a_snapshot_of(WEATHER, FLIGHTS, HOTELS))[LISTENER]


def chosen(
    router: Router | None,
    bound: tuple[str, ...] | None = None,
    request: Request = ASKED,
    listener: AgentListener = LISTENING,
    of: Request = BEFORE,
    *,
    named: bool = False,
) -> Chosen:
    """`bound`: where the request `of` went."""
    binding = Binding.of(bound, of) if bound is not None else None
    return asyncio.run(choose(listener, router, request, binding, named=named))


def ids(chosen: Chosen) -> tuple[str, ...]:
    return tuple(agent.id for agent in chosen.agents)


@pytest.mark.parametrize(
    ("choice", "bound", "agents", "stage", "kept"),
    [
        (sure(FLIGHTS), None, (FLIGHTS,), Stage.EMBEDDED, (FLIGHTS,)),
        (sure(FLIGHTS), (WEATHER,), (FLIGHTS,), Stage.EMBEDDED, (FLIGHTS,)),
        (sure(WEATHER, FLIGHTS), None, (WEATHER, FLIGHTS), Stage.EMBEDDED, (WEATHER, FLIGHTS)),
        (unsure(FLIGHTS), (WEATHER,), (WEATHER,), Stage.CONVERSATION, (WEATHER,)),
        (unsure(), (HOTELS, FLIGHTS), (FLIGHTS,), Stage.CONVERSATION, (HOTELS, FLIGHTS)),
        (unsure(FLIGHTS), None, (FLIGHTS,), Stage.EMBEDDED, (FLIGHTS,)),
        (unsure(), None, (WEATHER,), Stage.DEFAULT, (WEATHER,)),
        (sure(), (FLIGHTS,), (WEATHER,), Stage.DEFAULT, (WEATHER,)),
        (unsure(HOTELS), ("gone_agent",), (HOTELS,), Stage.EMBEDDED, (HOTELS,)),
        (unsure(), (), (WEATHER,), Stage.DEFAULT, (WEATHER,)),
        (sure("nobody", FLIGHTS, FLIGHTS), None, (FLIGHTS,), Stage.EMBEDDED, (FLIGHTS,)),
        (sure("nobody"), None, (WEATHER,), Stage.DEFAULT, (WEATHER,)),
    ],
    ids=[
        "sure",
        "sure, another one than before",
        "several",
        "unsure: where the conversation is",
        "unsure after several: the last one",
        "unsure at the beginning",
        "none fits",
        "surely none fits",
        "where it was is no more",
        "where it was is unreadable",
        "twice, and an unknown one",
        "only an unknown one",
    ],
)
def test_who_works(
    choice: Choice,
    bound: tuple[str, ...] | None,
    agents: tuple[str, ...],
    stage: Stage,
    kept: tuple[str, ...],
) -> None:
    """A sure choice is followed; an unsure one leaves the conversation where it is. Each is remembered."""
    result = chosen(ScriptedRouter([choice]), bound)

    assert (agents, stage, kept) == (ids(result), result.stage, result.bound)


def test_the_marked_agent_works_where_none_fits() -> None:
    listener = agent_listeners(a_snapshot_of(WEATHER, FLIGHTS, default=FLIGHTS))[LISTENER]

    assert (FLIGHTS,) == ids(chosen(ScriptedRouter([unsure()]), listener=listener))


def test_no_more_agents_work_than_there_is_time_for() -> None:
    names = [f"agent_{number}" for number in range(CHAIN_AGENTS_MAX + 2)]
    listener = agent_listeners(a_snapshot_of(*names))[LISTENER]

    assert tuple(names[:CHAIN_AGENTS_MAX]) == ids(chosen(ScriptedRouter([sure(*names)]), listener=listener))


def test_the_router_is_asked_with_what_was_said_and_the_listeners_agents() -> None:
    router = ScriptedRouter([sure(FLIGHTS)])

    chosen(router)

    candidates = tuple(Candidate(name, f"All about {name}.") for name in (WEATHER, FLIGHTS, HOTELS))
    said = (Turn("user", "Good morning!"), Turn("user", "Will it rain?"))
    assert [(said, candidates)] == router.asked


def test_the_result_of_a_tool_goes_to_the_agent_that_called_it() -> None:
    """Whatever a router would make of the question before it; nor is a whole chain run again."""
    router = ScriptedRouter([sure(WEATHER)])

    result = chosen(router, (WEATHER, FLIGHTS), AFTER_A_TOOL)

    assert ((FLIGHTS,), Stage.CONVERSATION, []) == (ids(result), result.stage, router.asked)


def test_the_result_of_a_tool_in_an_unknown_conversation_goes_where_the_question_belongs() -> None:
    assert (FLIGHTS,) == ids(chosen(ScriptedRouter([sure(FLIGHTS)]), None, AFTER_A_TOOL))


FOLLOWS = Choice((FLIGHTS,), Stage.EMBEDDED, sure=False, reason="A follow-up.", follows=True)
LATER = Request("m", (*ASKED.messages, user("And tomorrow?")))
OTHERS = Request("m", (*BEFORE.messages, user("Which hotels are there?")))


@pytest.mark.parametrize(
    ("of", "request_", "choice", "named", "agent"),
    [
        (BEFORE, ASKED, FOLLOWS, False, HOTELS),
        (BEFORE, LATER, FOLLOWS, False, FLIGHTS),
        (BEFORE, LATER, unsure(), False, HOTELS),
        (OTHERS, LATER, FOLLOWS, False, FLIGHTS),
        (OTHERS, LATER, unsure(), False, WEATHER),
        (OTHERS, LATER, unsure(), True, HOTELS),
        (OTHERS, LATER, FOLLOWS, True, FLIGHTS),
        (LATER, ASKED, unsure(), False, WEATHER),
        (BEFORE, BEFORE, unsure(), False, WEATHER),
        (ASKED, ASKED, unsure(), False, HOTELS),
        (BEFORE, AFTER_A_TOOL, sure(FLIGHTS), False, HOTELS),
        (BEFORE, Request("m", (*ASKED.messages, RESULT)), sure(WEATHER, FLIGHTS), True, FLIGHTS),
        (OTHERS, Request("m", (*ASKED.messages, RESULT)), sure(FLIGHTS), False, FLIGHTS),
    ],
    ids=[
        "of the turn before",
        "older than what the conversation says",
        "older, and all that is known",
        "another conversation that began alike",
        "another's is not followed",
        "the client says that it is the same",
        "the client says so, but it is older",
        "of turns that were taken back",
        "two who begin alike",
        "a retry",
        "a tool's result",
        "a tool's result for another worker's agent, the last of its chain",
        "a tool's result in another's conversation",
    ],
)
def test_what_is_remembered_counts_for_the_conversation_that_it_is_of(
    of: Request, request_: Request, choice: Choice, named: bool, agent: str
) -> None:
    """Hotels were bound by the request `of`."""
    result = chosen(ScriptedRouter([choice]), (HOTELS,), request_, of=of, named=named)

    assert (agent,) == ids(result)


@pytest.mark.parametrize(
    ("choice", "agent", "stage"),
    [
        (unsure(WEATHER), HOTELS, Stage.DEFAULT),
        (unsure(), HOTELS, Stage.DEFAULT),
        (FOLLOWS, FLIGHTS, Stage.EMBEDDED),
        (sure(WEATHER), WEATHER, Stage.EMBEDDED),
    ],
    ids=["fits a bit", "none fits", "a follow-up", "sure"],
)
def test_a_marked_agent_works_where_none_fits_surely(choice: Choice, agent: str, stage: Stage) -> None:
    """A guess would keep from it what is off all topics."""
    listener = agent_listeners(a_snapshot_of(WEATHER, FLIGHTS, HOTELS, default=HOTELS))[LISTENER]

    result = chosen(ScriptedRouter([choice]), listener=listener)

    assert ((agent,), stage, (agent,)) == (ids(result), result.stage, result.bound)
    assert (stage is Stage.DEFAULT) == result.reason.startswith("None fits surely, so the default: ")


class Slow:
    """Never answers."""

    async def choose(self, _: Conversation, __: Candidates) -> Choice:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("bound", [None, (FLIGHTS,)])
@pytest.mark.parametrize("router", [None, ScriptedRouter([RuntimeError("broken")])], ids=["none", "raising"])
def test_without_a_router_the_conversation_stays_or_goes_to_the_default(
    router: Router | None, bound: tuple[str, ...] | None
) -> None:
    result = chosen(router, bound)

    expected = (bound, Stage.CONVERSATION) if bound else ((WEATHER,), Stage.DEFAULT)
    assert expected == (ids(result), result.stage)


def test_a_router_that_takes_too_long_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Before Envoy's patience ends."""
    result = asyncio.run(choose(LISTENING, Slow(), ASKED, None, patience_s=0.05))

    assert ((WEATHER,), Stage.DEFAULT) == (ids(result), result.stage)
    assert result.ms >= 50
    assert "listener travel: no choice within 0.05 s" in caplog.text
    assert ROUTING_S < EXT_PROC_MESSAGE_TIMEOUT_S


def test_where_nothing_was_said_nobody_is_asked() -> None:
    router = ScriptedRouter([sure(FLIGHTS)])

    assert (WEATHER,) == ids(chosen(router, request=Request("m", (Message(Role.SYSTEM, (Text("s"),)),))))
    assert [] == router.asked
