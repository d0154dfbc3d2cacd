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

ASKED = Request("m", (Message(Role.USER, (Text("Will it rain?"),)),))
AFTER_A_TOOL = Request("m", (*ASKED.messages, Message(Role.TOOL, (ToolResult("c", (Text("r"),)),))))
LISTENING = agent_listeners(a_snapshot_of(WEATHER, FLIGHTS, HOTELS))[LISTENER]


def chosen(
    router: Router | None,
    bound: tuple[str, ...] | None = None,
    request: Request = ASKED,
    listener: AgentListener = LISTENING,
) -> Chosen:
    return asyncio.run(choose(listener, router, request, Binding(bound) if bound is not None else None))


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
    """A sure choice is followed, and remembered; an unsure one leaves the conversation where it is."""
    result = chosen(ScriptedRouter([choice]), bound)

    assert (agents, stage, Binding(kept)) == (ids(result), result.stage, result.binding)


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
    assert [((Turn("user", "Will it rain?"),), candidates)] == router.asked


def test_the_result_of_a_tool_goes_to_the_agent_that_called_it() -> None:
    """Whatever a router would make of the question before it; nor is a whole chain run again."""
    router = ScriptedRouter([sure(WEATHER)])

    result = chosen(router, (WEATHER, FLIGHTS), AFTER_A_TOOL)

    assert ((FLIGHTS,), Stage.CONVERSATION, []) == (ids(result), result.stage, router.asked)


def test_the_result_of_a_tool_in_an_unknown_conversation_goes_where_the_question_belongs() -> None:
    assert (FLIGHTS,) == ids(chosen(ScriptedRouter([sure(FLIGHTS)]), None, AFTER_A_TOOL))


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
