"""Several agents for one request, over real Envoy, with the official SDKs."""

import json
import threading
from dataclasses import replace

import httpx
import pytest

from extproc.dialects.api import Api
from extproc.limits import EXT_PROC_MESSAGE_TIMEOUT_S
from extproc.testing import answers
from extproc.testing.answers import Answer, Cut, Gate
from tests.e2e.travel import SAYS, STATUS_ERRORS, Travel, travelling

CLIENTS = pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.RESPONSES])
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
BOTH = "Will it rain, and which flights are there?"


@pytest.fixture(scope="module")
def _travel():
    with travelling() as travel:
        yield travel


@pytest.fixture
def travel(_travel):
    """No requests yet; fails the test when an agent saw what it must not."""
    _travel.forget()
    yield _travel
    _travel.check()


@CLIENTS
@STREAMED
def test_the_last_one_hears_the_first_and_answers(travel: Travel, api: Api, stream: bool) -> None:
    with travel.client("travel", api) as client:
        assert SAYS["flight_agent"] == client.ask(BOTH, stream=stream)

    assert ["weather_agent", "flight_agent"] == travel.asked()
    weather, flights = (travel.servers[name].only() for name in travel.asked())
    assert not weather.json()["stream"]
    assert stream == flights.json().get("stream", False)
    told = {"role": "assistant", "name": "weather_agent", "content": "It is sunny."}
    assert [told, {"role": "user", "content": BOTH}] == flights.json()["messages"]
    name = "x-plano-conversation-id"
    assert weather.header(name) == flights.header(name) is not None
    assert weather.header("x-request-id") == flights.header("x-request-id")


@CLIENTS
@STREAMED
def test_the_client_may_have_all_answers(travel: Travel, api: Api, stream: bool) -> None:
    with travel.client("concat", api) as client:
        assert "It is sunny.\n\nTwo flights go there." == client.ask(BOTH, stream=stream)


def test_an_earlier_agent_may_stream_and_compress_though_nobody_asked(travel: Travel) -> None:
    travel.servers["weather_agent"].script(answers.openai_chat_stream(["It ", "rains."]).gzipped())

    with travel.client("concat") as client:
        assert "It rains.\n\nTwo flights go there." == client.ask(BOTH)


def test_a_stream_is_one_though_others_spoke_first(travel: Travel) -> None:
    """The client has the first words of the last agent before it has finished."""
    gate = Gate()
    stream = answers.openai_chat_stream(["Two ", "flights."])
    travel.servers["flight_agent"].script(stream.held(2, gate))

    with travel.client("concat") as client:
        asked = [{"role": "user", "content": BOTH}]
        said = ""
        with client.openai.chat.completions.create(model="m", messages=asked, stream=True) as chunks:
            for chunk in chunks:
                said += chunk.choices[0].delta.content or ""
                if said.endswith("Two "):
                    gate.open()

    assert "It is sunny.\n\nTwo flights." == said


@CLIENTS
@pytest.mark.parametrize(
    ("failure", "what"),
    [
        (answers.error(503, {"error": {"message": "sk-secret"}}), "it answered 503"),
        (answers.openai_chat("x").held(0, Cut.RESET), "its answer broke off"),
        (answers.openai_chat("x").held(0, Cut.CLOSE), "its answer broke off"),
        (
            replace(answers.openai_chat("x"), before=(Cut.CLOSE,)),
            "it closed the connection before it answered",
        ),
        (answers.openai_chat(""), "its answer has no text"),
    ],
    ids=["an error", "broken off", "cut short", "hung up", "no words"],
)
def test_one_that_fails_is_named(travel: Travel, api: Api, failure: Answer, what: str) -> None:
    travel.servers["weather_agent"].script(failure, failure, failure)

    with travel.client("travel", api) as client, pytest.raises(STATUS_ERRORS) as raised:
        client.ask(BOTH)

    assert 502 == raised.value.status_code
    assert f"The agent 'weather_agent' failed: {what}." in str(raised.value)
    assert "sk-secret" not in str(raised.value)
    told = raised.value.response.headers
    assert ("weather_agent", "weather_agent,flight_agent") == (
        told["x-plano-agent"],
        told["x-plano-agents"],
    )
    assert told["request-id" if api is Api.MESSAGES else "x-request-id"]
    assert "flight_agent" not in travel.asked()
    travel.logged("travel", reply="agent_failed", agent="weather_agent", agents="weather_agent,flight_agent")


def test_one_that_fails_may_be_left_out(travel: Travel) -> None:
    travel.servers["weather_agent"].script(answers.error(500, {}))

    with travel.client("skip") as client:
        assert SAYS["flight_agent"] == client.ask(BOTH)

    assert [{"role": "user", "content": BOTH}] == travel.servers["flight_agent"].only().json()["messages"]
    line = travel.logged("skip", agent="flight_agent", router_stage="model")
    assert (None, "weather_agent") == (line["agents"], line["agents_skipped"])


def test_the_client_is_told_who_was_left_out(travel: Travel) -> None:
    travel.servers["weather_agent"].script(answers.error(500, {}))
    asked = {"messages": [{"role": "user", "content": BOTH}]}

    with httpx.Client(base_url=travel.gateway.base_urls["skip"], trust_env=False) as http:
        told = http.post("/v1/chat/completions", json=asked).headers

    assert ("flight_agent", "weather_agent") == (told["x-plano-agent"], told["x-plano-agents-skipped"])


def test_three_work_in_the_order_of_the_router(travel: Travel) -> None:
    with travel.client("concat") as client:
        answer = client.ask("Where can I sleep, will it rain, which flights are there?")

    assert "A bed.\n\nIt is sunny.\n\nTwo flights go there." == answer
    assert ["hotel_agent", "weather_agent", "flight_agent"] == travel.asked()
    assert "Bearer sk-of-the-client" == travel.servers["hotel_agent"].only().header("authorization")
    assert travel.servers["weather_agent"].only().header("authorization") is None
    agents = "hotel_agent,weather_agent,flight_agent"
    assert "flight_agent" == travel.logged("concat", agents=agents)["agent"]


def test_a_follow_up_goes_to_the_last_one(travel: Travel) -> None:
    with travel.client("travel") as client:
        assert SAYS["flight_agent"] == client.ask(BOTH)
        assert SAYS["flight_agent"] == client.ask(BOTH, SAYS["flight_agent"], "And tomorrow?")

    assert ["weather_agent", "flight_agent", "flight_agent"] == travel.asked()


def test_envoy_waits_longer_than_for_other_replies(travel: Travel) -> None:
    """Its patience for a reply of ours is 10 s; agents may take more. No event tells that it is over."""
    gate = Gate()
    late = replace(answers.openai_chat("At last."), before=(gate,))
    travel.servers["weather_agent"].script(late)
    opening = threading.Timer(EXT_PROC_MESSAGE_TIMEOUT_S + 0.5, gate.open)
    opening.start()

    with travel.client("concat") as client:
        assert "At last.\n\nTwo flights go there." == client.ask(BOTH)

    opening.join()


def test_a_client_that_leaves_ends_the_work(travel: Travel) -> None:
    """The agent's connection is closed, and no other agent is asked."""
    gate = Gate()
    travel.servers["weather_agent"].script(answers.openai_chat("Too late.").held(0, gate))
    asked = json.dumps({"messages": [{"role": "user", "content": BOTH}]})
    with (
        httpx.Client(base_url=travel.gateway.base_urls["travel"], trust_env=False) as http,
        pytest.raises(httpx.ReadTimeout),
    ):
        http.post("/v1/chat/completions", content=asked, timeout=httpx.Timeout(5, read=0.5))

    (seen,) = travel.servers["weather_agent"].wait_for(1)
    assert seen.ended.wait(10.0)
    assert ["weather_agent"] == travel.asked()
