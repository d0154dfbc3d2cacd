"""Agents over real Envoy, with the official SDKs: one, several, replicas, failures."""

import httpx
import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing import answers
from extproc.testing.answers import Cut
from tests.e2e.travel import SAYS, STATUS_ERRORS, Travel, travelling

CLIENTS = pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.RESPONSES])
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


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
def test_one_agent_answers_every_client(travel: Travel, api: Api, stream: bool) -> None:
    with travel.client("single", api) as client:
        assert "It is sunny." == client.ask("Will it rain?", stream=stream)

    seen = travel.servers["weather_agent"].only()
    assert "/v1/chat/completions" == seen.target
    assert {"role": "user", "content": "Will it rain?"} == seen.json()["messages"][-1]
    assert [] == travel.router.requests


@CLIENTS
@STREAMED
def test_a_router_chooses_and_the_path_of_the_agent_is_kept(travel: Travel, api: Api, stream: bool) -> None:
    with travel.client("travel", api) as client:
        assert "Two flights go there." == client.ask("Which flights are there?", stream=stream)

    assert "/team/flights/v1/chat/completions" == travel.servers["flight_agent"].only().target
    assert ["flight_agent"] == travel.asked()


def test_a_chat_request_is_not_touched(travel: Travel) -> None:
    """Byte for byte, with its query."""
    body = b'{ "messages": [{"role":"user","content":"Which \\u0066lights?"}],\n  "temperature": 1e0 }'

    with httpx.Client(base_url=travel.gateway.base_urls["travel"], trust_env=False) as http:
        answer = http.post("/v1/chat/completions?a=%20", content=body)

    seen = travel.servers["flight_agent"].only()
    assert (200, body, "/team/flights/v1/chat/completions?a=%20") == (
        answer.status_code,
        seen.body,
        seen.target,
    )
    assert "flight_agent" == answer.headers["x-plano-agent"]
    assert "x-plano-agents" not in answer.headers


def test_a_follow_up_stays_with_its_agent(travel: Travel) -> None:
    """The router model says that none fits; the next sure choice moves the conversation."""
    with travel.client("travel") as client:
        first = ("Which flights are there?", SAYS["flight_agent"])
        client.ask(first[0])
        assert SAYS["flight_agent"] == client.ask(*first, "And tomorrow?")
        assert SAYS["weather_agent"] == client.ask(*first, "Will it rain?")

    assert ["flight_agent", "flight_agent", "weather_agent"] == travel.asked()
    travel.logged("travel", agent="flight_agent", router_stage="conversation")


def test_where_none_fits_the_default_works(travel: Travel) -> None:
    with travel.client("travel") as client:
        assert SAYS["hotel_agent"] == client.ask("Good morning!")

    line = travel.logged("travel", agent="hotel_agent", router_stage="default")
    assert line["router_ms"] > 0


@pytest.mark.parametrize(
    "failure",
    [
        answers.error(500, {"error": {"message": "no"}}),
        answers.openai_chat("I would rather talk about the weather in general terms."),
        answers.openai_chat('{"route": ["nobody"]}'),
        answers.openai_chat("x").held(0, Cut.RESET),
    ],
    ids=["down", "babbling", "an unknown agent", "broken off"],
)
def test_a_router_that_fails_fails_no_request(travel: Travel, failure: answers.Answer) -> None:
    travel.router.script(failure)

    with travel.client("travel") as client:
        assert SAYS["hotel_agent"] == client.ask("Which flights are there?", x_model_affinity="r-1")


def test_a_conversation_stays_at_its_replica(travel: Travel) -> None:
    """A stateful agent works; different conversations spread."""
    ids: dict[str, str | None] = {}
    with travel.client("replicas") as client:
        for number in range(12):
            question = f"Question {number}?"
            for replica in travel.replicas:
                replica.requests.clear()
            client.ask(question)
            client.ask(question, "Yes.", "And then?", stream=True)
            (at,) = [replica for replica in travel.replicas if replica.requests]
            first, second = at.requests
            name = "x-plano-conversation-id"
            assert first.header(name) == second.header(name)
            ids[question] = first.header(name)

    assert 12 == len(set(ids.values()))


def test_conversations_spread_over_replicas(travel: Travel) -> None:
    with travel.client("replicas") as client:
        for number in range(24):
            client.ask("Hello", x_model_affinity=f"chat-{number}")

    assert all(replica.requests for replica in travel.replicas)
    seen = {request.header("x-plano-conversation-id") for r in travel.replicas for request in r.requests}
    assert {f"chat-{number}" for number in range(24)} == seen


def test_an_agent_is_shown_the_clients_headers_and_no_credential(travel: Travel) -> None:
    """Unless the config says that it may be."""
    with travel.client("travel") as client:
        client.ask("Will it rain?", x_own="1", traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01")
        client.ask("Where can I sleep?")

    weather, hotel = (travel.servers[name].only() for name in ("weather_agent", "hotel_agent"))
    assert ("1", None) == (weather.header("x-own"), weather.header("authorization"))
    assert "1" * 32 in (weather.header("traceparent") or "")
    assert weather.header("x-request-id")
    assert "Bearer sk-of-the-client" == hotel.header("authorization")


@CLIENTS
def test_an_agents_own_error_keeps_its_status(travel: Travel, api: Api) -> None:
    travel.servers["weather_agent"].script(
        answers.error(418, {"error": {"message": "I am a teapot", "type": "t", "code": "tea"}})
    )

    with travel.client("single", api) as client, pytest.raises(STATUS_ERRORS) as raised:
        client.ask("Will it rain?")

    assert 418 == raised.value.status_code
    assert "I am a teapot" in str(raised.value)


def test_an_answer_that_is_cut_short_is_told_as_such(travel: Travel) -> None:
    travel.servers["weather_agent"].script(answers.openai_chat("x").held(0, Cut.CLOSE))

    with travel.client("single", Api.MESSAGES) as client, pytest.raises(STATUS_ERRORS) as raised:
        client.ask("Will it rain?")

    assert 502 == raised.value.status_code
    assert "The agent weather_agent broke its answer off" in str(raised.value)


@CLIENTS
def test_an_agent_that_is_down_is_a_clear_error(travel: Travel, api: Api) -> None:
    with travel.client("down", api) as client, pytest.raises(STATUS_ERRORS) as raised:
        client.ask("Hello?")

    assert raised.value.status_code in (502, 503)
    assert "The agent down_agent cannot be reached" in str(raised.value)
    assert "agent_unreachable" == raised.value.response.headers["x-plano-reply"]


def test_what_else_a_listener_of_agents_serves(travel: Travel) -> None:
    with travel.client("single") as client:
        assert "openai/router" in [model.id for model in client.openai.models.list()]
        with pytest.raises(openai.NotFoundError, match="they take POST /v1/chat/completions"):
            client.openai.embeddings.create(model="m", input="x")
    with httpx.Client(base_url=travel.gateway.base_urls["single"], trust_env=False) as http:
        assert 200 == http.get("/healthz").status_code
        assert (405, "POST") == (
            (answer := http.get("/v1/messages")).status_code,
            answer.headers["allow"],
        )
