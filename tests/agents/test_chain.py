"""Agents asked in turn."""

import asyncio
import json
from dataclasses import replace

import pytest

from extproc.agents import chain
from extproc.agents.body import OpenBody, Said
from extproc.errors import AgentFailed
from extproc.limits import AGENT_S, CHAIN_S
from extproc.outbound.port import OutboundError
from extproc.testing import answers
from tests.agents.cast import FLIGHTS, HOTELS, WEATHER, ScriptedOutbound, an_agent, outbound

AGENTS = (an_agent(WEATHER, "/team/weather"), an_agent(FLIGHTS))
BODY = OpenBody(b'{"model": "m", "messages": [{"role": "user", "content": "u"}], "stream": true}')
HEADERS = {"x-request-id": "r"}
SENT = chain.Sent(HEADERS, {"authorization": "Bearer sk"})


def said(way_out: ScriptedOutbound, *, skips: bool = False) -> chain.Work:
    return asyncio.run(chain.ask_in_turn(AGENTS, BODY, SENT, way_out, skips=skips))


def test_each_hears_what_those_before_it_said() -> None:
    way_out = outbound(weather_agent=answers.openai_chat("Sun."), flight_agent=answers.openai_chat("Two."))

    assert chain.Work((Said(WEATHER, "Sun."), Said(FLIGHTS, "Two."))) == said(way_out)

    first, second = way_out.posts
    user = {"role": "user", "content": "u"}
    assert [user] == first.said()
    assert [{"role": "assistant", "name": WEATHER, "content": "Sun."}, user] == second.said()
    assert [False, False] == [json.loads(post.body)["stream"] for post in way_out.posts]
    assert ("agent_weather_agent", "/team/weather/v1/chat/completions") == (first.cluster, first.path)
    assert ("agent_flight_agent", "/v1/chat/completions") == (second.cluster, second.path)
    assert HEADERS == first.headers
    assert 0 < second.deadline_s <= first.deadline_s == AGENT_S < CHAIN_S


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (OutboundError("the connection broke off"), "the connection broke off"),
        (answers.error(500, {"error": {"message": "secret"}}), "it answered 500"),
        (answers.openai_chat(""), "its answer has no text"),
    ],
    ids=["no answer", "an error", "no words"],
)
def test_one_that_fails_ends_it_and_is_named(reply: answers.Answer | OutboundError, what: str) -> None:
    """The next is not asked: it would answer half the question."""
    way_out = outbound(weather_agent=reply, flight_agent=answers.openai_chat("Two."))

    with pytest.raises(AgentFailed) as raised:
        said(way_out)

    assert f"The agent 'weather_agent' failed: {what}." == raised.value.message
    assert WEATHER == raised.value.agent
    assert 1 == len(way_out.posts)


def test_one_that_fails_can_be_left_out(caplog: pytest.LogCaptureFixture) -> None:
    way_out = outbound(weather_agent=answers.error(500, {}), flight_agent=answers.openai_chat("Two."))

    assert chain.Work((Said(FLIGHTS, "Two."),), (WEATHER,)) == said(way_out, skips=True)
    assert [{"role": "user", "content": "u"}] == way_out.posts[1].said()
    assert "request r, skipped: The agent 'weather_agent' failed: it answered 500." in caplog.text


@pytest.mark.parametrize("skips", [False, True])
def test_there_is_a_time_for_all_of_them(skips: bool) -> None:
    """Envoy waits no longer, and the last one must still be asked."""
    way_out = outbound(weather_agent=answers.openai_chat("Sun."), flight_agent=answers.openai_chat("Two."))
    work = chain.ask_in_turn((*AGENTS, an_agent(HOTELS)), BODY, SENT, way_out, skips=skips, budget_s=-1.0)

    if skips:
        assert chain.Work((), (WEATHER, FLIGHTS, HOTELS)) == asyncio.run(work)
    else:
        with pytest.raises(AgentFailed, match="'weather_agent' failed: no time was left for it"):
            asyncio.run(work)
    assert [] == way_out.posts


def test_the_clients_credential_is_for_agents_that_it_is_meant_for() -> None:
    trusted = replace(an_agent(WEATHER), passthrough_auth=True)
    way_out = outbound(weather_agent=answers.openai_chat("Sun."), flight_agent=answers.openai_chat("Two."))

    asyncio.run(chain.ask_in_turn((trusted, an_agent(FLIGHTS)), BODY, SENT, way_out, skips=False))

    assert [HEADERS | {"authorization": "Bearer sk"}, HEADERS] == [post.headers for post in way_out.posts]
