"""Models chosen by the kind of task, over real Envoy with the official SDKs."""

import json

import httpx
import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Answer, Cut
from tests.e2e.asked import asked
from tests.e2e.tasks import ASKED, FIX, POEM, THANKS, Tasks, at_work

CLIENTS = pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.RESPONSES])
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
POETRY = {"name": "poetry", "description": f'Poems. Handles: "{POEM}"', "models": ["claude-house-1"]}


@pytest.fixture(scope="module")
def _tasks(tmp_path_factory: pytest.TempPathFactory):
    with at_work(tmp_path_factory.mktemp("prices"), ASKED) as tasks:
        yield tasks


@pytest.fixture
def tasks(_tasks):
    """No requests yet; fails the test when a provider saw what it must not."""
    _tasks.forget()
    yield _tasks
    _tasks.check()


@pytest.fixture
def http(tasks: Tasks):
    with httpx.Client(base_url=tasks.gateway.base_url, trust_env=False, timeout=20) as client:
        yield client


@CLIENTS
@STREAMED
def test_the_kind_of_task_decides_the_model(tasks: Tasks, api: Api, stream: bool) -> None:
    """The cheapest of two for code, by the list; the answer comes back in the client's API."""
    with tasks.client(api) as client:
        assert "It is done." == client.ask(FIX, stream=stream)

    assert ["claude-house-1"] == tasks.asked()
    seen = asked(Api.MESSAGES, tasks["anthropic"].only())
    assert (("user", FIX),) == seen.said


def test_the_fastest_is_what_prometheus_says(tasks: Tasks) -> None:
    """By bare and by full names."""
    with tasks.client(Api.CHAT) as client:
        client.ask(THANKS)

    assert ["gpt-4o-mini"] == tasks.asked()
    asked_for = {seen.target for seen in tasks["prometheus"].wait_for(1)}
    assert {"/api/v1/query?query=avg+by+%28model_name%29+%28ttft%29"} == asked_for


def test_the_access_log_tells_why(tasks: Tasks) -> None:
    with tasks.client(Api.CHAT) as client:
        client.ask(FIX)

    line = tasks.logged(route="code")
    assert ("anthropic/claude-house-1", 200) == (line["provider"], line["status"])
    assert line["router_stage"] in {"embedded", "model"}
    assert line["router_ms"] > 0


@CLIENTS
def test_a_request_brings_its_own_preferences(tasks: Tasks, api: Api) -> None:
    """No provider sees them: it would refuse the field."""
    with tasks.client(api) as client:
        client.ask(POEM, body={"routing_preferences": [POETRY]})

    assert ["claude-house-1"] == tasks.asked()
    asked(Api.MESSAGES, tasks["anthropic"].only())


def test_preferences_that_cannot_be_followed_are_the_clients_error(tasks: Tasks) -> None:
    """In the shape that its SDK knows."""
    with tasks.client(Api.CHAT) as client:
        with pytest.raises(openai.BadRequestError) as wrong:
            client.ask(POEM, body={"routing_preferences": [{"name": "x"}]})
        with pytest.raises(openai.NotFoundError) as unknown:
            client.ask(POEM, body={"routing_preferences": [{**POETRY, "models": ["openai/gpt-4o-maxi"]}]})

    assert "routing_preferences" == wrong.value.param
    assert "openai/gpt-4o-maxi" in unknown.value.message
    assert [] == tasks.asked()


def test_a_conversation_that_is_named_stays_at_its_model(tasks: Tasks) -> None:
    """The second turn is small talk; it is not even asked what it is."""
    with tasks.client(Api.CHAT) as client:
        client.ask(FIX, x_model_affinity="session-1")
        before = len(tasks["router"].requests)
        client.ask(FIX, "It is done.", THANKS, x_model_affinity="session-1")
        client.ask(FIX, "It is done.", THANKS, x_model_affinity="session-2")

    assert ["claude-house-1", "claude-house-1", "gpt-4o-mini"] == tasks.asked()
    assert before <= len(tasks["router"].requests) <= before + 1


@pytest.mark.parametrize("how", list(Cut))
def test_a_broken_router_fails_no_request(tasks: Tasks, how: Cut) -> None:
    """Of a question that the embedded router does not know either: the requested model answers."""
    tasks["router"].script_with(lambda _: Answer(before=(how,)))

    with tasks.client(Api.CHAT, "gpt-4o-mini") as client:
        assert "It is done." == client.ask("Hm.")

    assert ["gpt-4o-mini"] == tasks.asked()


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_the_decision_alone_is_told_as_json(tasks: Tasks, http: httpx.Client, path: str) -> None:
    """Whoever calls the models by itself asks nothing else of us."""
    said = {"input": FIX} if path == "responses" else {"messages": [{"role": "user", "content": FIX}]}
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}

    answer = http.post(f"/routing/v1/{path}", json={"model": "mine", "max_tokens": 9, **said}, headers=trace)

    expected = {
        "models": ["anthropic/claude-house-1", "openai/gpt-4o"],
        "route": "code",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "pinned": False,
        "switched": False,
    }
    assert (200, expected) == (answer.status_code, answer.json())
    assert [] == tasks.asked()


def test_a_chat_request_is_changed_in_what_is_ours_alone(tasks: Tasks, http: httpx.Client) -> None:
    """Its model, and the preferences: numbers, spaces and order stay."""
    ours = f'"routing_preferences":{json.dumps([{**POETRY, "models": ["gpt-4o-mini"]}])},'
    said = f'[{{"role":"user","content":"{POEM}"}}]'
    body = f'{{ "temperature":1e0,{ours}\n "model":"gpt-4o", "messages": {said}}}'

    http.post("/v1/chat/completions", content=body)

    expected = body.replace(ours, "").replace("gpt-4o", "gpt-4o-mini")
    assert expected == tasks["openai"].only().body.decode()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory):
    with at_work(tmp_path_factory.mktemp("prices")) as tasks:
        yield tasks


def test_the_embedded_router_needs_no_model(embedded: Tasks) -> None:
    """By phrases of the descriptions, and by others that mean the same; what fits none stays as it is."""
    embedded.forget()

    with embedded.client(Api.CHAT, "gpt-4o") as client:
        for text in (FIX, "My Python function throws a TypeError, please repair it", THANKS):
            client.ask(text)
        client.ask(POEM, body={"routing_preferences": [{**POETRY, "models": ["openai/gpt-4o-mini"]}]})

    assert ["claude-house-1", "claude-house-1", "gpt-4o-mini", "gpt-4o-mini"] == embedded.asked()
    assert [] == embedded["router"].requests
    assert "embedded" == embedded.logged(route="poetry")["router_stage"]
    embedded.check()
