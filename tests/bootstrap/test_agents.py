"""An agent's cluster on real Envoy: its replicas, what it is sent, what clients are told when it fails."""

from collections.abc import Iterator

import pytest

from extproc import headers as names
from extproc.testing.answers import Answer, Cut
from tests.bootstrap.agents_lab import AgentsLab, agents_lab
from tests.bootstrap.running import Response
from tests.bootstrap.test_traffic import HOSTILE, PASSING

MESSAGES = "/v1/messages"
TOLD = "agent={}&agents=one, {}&routed_by=embedded&routing_ms=1.9&routing_reason=It fits."


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentsLab]:
    with agents_lab(tmp_path_factory.mktemp("agents")) as lab:
        yield lab


@pytest.fixture
def lab(running: AgentsLab) -> AgentsLab:
    """What is running, with nothing remembered of earlier tests."""
    for upstream in (*running.replicas, running.provider):
        upstream.forget()
    running.ext_proc.seen.clear()
    return running


def ask(lab: AgentsLab, agent: str, headers: dict[str, str] | None = None, path: str = "/v1/x") -> Response:
    told = {"x-test-cluster": agent, "x-test-told": TOLD.format(agent, agent)}
    return lab.envoy.request(path=path, headers={**told, **(headers or {})})


def replica_of(lab: AgentsLab, agent: str, conversation: str) -> int:
    """Which replica answers a conversation; each is asked for it three times."""
    for replica in lab.replicas:
        replica.forget()
    for _ in range(3):
        assert 200 == ask(lab, agent, {"x-test-hash": conversation}).status
    (found,) = [index for index, replica in enumerate(lab.replicas) if replica.requests]
    return found


@pytest.mark.parametrize("agent", ["addresses", "names"])
def test_a_conversation_stays_at_one_replica(lab: AgentsLab, agent: str) -> None:
    """Whether addresses or a name say where they are; and many conversations use them all."""
    found = [replica_of(lab, agent, f"conversation-{number}") for number in range(40)]

    assert {0, 1, 2} == set(found)


def test_the_workers_reach_the_same_replica_as_the_client(lab: AgentsLab) -> None:
    """In a chain an agent may be asked by either."""
    by_client = replica_of(lab, "addresses", "c-1")
    for replica in lab.replicas:
        replica.forget()

    lab.outbound("addresses", {names.HASH: "c-1"})

    assert [by_client] == [index for index, replica in enumerate(lab.replicas) if replica.requests]


def test_a_replica_that_is_down_is_stood_in_for(lab: AgentsLab) -> None:
    """By the next one, whichever the hash says; nothing had been sent yet."""
    answers = [ask(lab, "half-dead", {"x-test-hash": f"c-{number}"}).status for number in range(8)]

    assert [200] * 8 == answers


def test_an_agent_that_hung_up_is_not_asked_again(lab: AgentsLab) -> None:
    """It may have acted."""
    lab.agent.script(Answer(before=(Cut.RESET,)))

    answer = ask(lab, "half-dead")

    assert (503, "agent_disconnected", 1) == (
        answer.status,
        answer.headers[names.REPLY],
        len(lab.agent.requests),
    )


CLIENTS_OWN = {name: HOSTILE[name] for name in (*names.CREDENTIALS, "cookie")}


@pytest.mark.parametrize(("agent", "own"), [("half-dead", {}), ("trusted", CLIENTS_OWN)])
def test_an_agent_gets_the_clients_ordinary_headers(lab: AgentsLab, agent: str, own: dict[str, str]) -> None:
    """The request's id, its trace and its conversation; the client's credential only where it is trusted."""
    conversation = {"x-test-conversation": "c-1", "x-test-hash": "c-1", names.CONVERSATION: "forged"}
    ask(lab, agent, {**HOSTILE, **PASSING, **conversation})

    seen = dict(lab.agent.only().headers)
    kept = ("traceparent", "tracestate", "baggage", "x-model-affinity", "forwarded")
    kept += ("x-tenant", "x-amz-date", "x-amz-content-sha256")
    expected = {
        **own,
        **PASSING,
        **{name: HOSTILE[name] for name in kept},
        "host": f"{agent}.test",
        "content-length": "2",
        "accept-encoding": "identity",
        names.CONVERSATION: "c-1",
    }
    given = {name: seen.pop(name) for name in ("x-request-id", "x-forwarded-for", "x-forwarded-proto")}
    assert expected == {name: value for name, value in seen.items() if not name.startswith("x-test-")}
    assert ("http", True) == (given["x-forwarded-proto"], bool(given["x-request-id"]))


def test_without_a_conversation_there_is_no_header_for_it(lab: AgentsLab) -> None:
    """Nothing empty, nothing of our making."""
    ask(lab, "trusted")

    seen = {name.lower() for name, _ in lab.agent.only().headers}
    assert set() == {name for name in seen if "conversation" in name or name.startswith("x-plano-")}


def test_an_agents_answer_names_it(lab: AgentsLab) -> None:
    """Who worked for it, as ext_proc tells it, and not what the agent says of itself."""
    forged = (names.AGENT, "x"), (names.PROVIDER, "x"), (names.MODEL, "x"), (names.REPLY, "x")
    lab.agent.script(Answer(201, (*forged, ("x-own", "1")), (b"done",)))

    answer = ask(lab, "trusted")

    ours = {name: value for name, value in answer.headers.items() if name.startswith("x-")}
    assert (201, b"done") == (answer.status, answer.body)
    assert {names.AGENT: "trusted", names.AGENTS: "one, trusted", "x-own": "1"} == ours


def test_the_access_log_tells_who_worked_and_who_chose(lab: AgentsLab) -> None:
    """The time as a number."""
    ask(lab, "trusted", path="/v1/logged-agent")

    line = lab.envoy.logged("/v1/logged-agent")
    expected = {
        "listener": "travel",
        "agent": "trusted",
        "agents": "one, trusted",
        "route": None,
        "router_stage": "embedded",
        "router_ms": 1.9,
        "router_reason": "It fits.",
        "provider": None,
        "cluster": "trusted",
        "status": 200,
    }
    assert expected == {key: line[key] for key in expected}


def test_where_nothing_was_chosen_the_access_log_says_so(lab: AgentsLab) -> None:
    """Null, not zero."""
    ask(lab, "trusted", {"x-test-told": "agent=trusted"}, path="/v1/logged-alone")

    line = lab.envoy.logged("/v1/logged-alone")
    assert (None, None, None) == (line["agents"], line["router_stage"], line["router_ms"])


FAILURES = {
    "dead": ("agent_unreachable", "The agent dead cannot be reached: no connection to it could be made."),
    "nameless": (
        "agent_unreachable",
        "The agent nameless cannot be reached: no address is known for its host.",
    ),
    "missing": ("gateway_error", "This gateway cannot send to the agent missing."),
}


@pytest.mark.parametrize("agent", FAILURES)
def test_an_agent_that_cannot_be_used_is_named_in_the_callers_shape(lab: AgentsLab, agent: str) -> None:
    """OpenAI's and Anthropic's, whatever the path it was rewritten to."""
    reason, message = FAILURES[agent]

    openai = ask(lab, agent, {"x-test-path": "/v1/chat/completions"})
    anthropic = ask(lab, agent, {"x-test-path": "/v1/chat/completions"}, path=MESSAGES)

    assert {"error": {"message": message, "type": "server_error", "param": None, "code": reason}} == (
        openai.json
    )
    assert {"type": "api_error", "message": message} == anthropic.json["error"]
    assert [(503, reason)] * 2 == [
        (answer.status, answer.headers[names.REPLY]) for answer in (openai, anthropic)
    ]
