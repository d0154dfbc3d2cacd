"""The workers' way out on real Envoy: a Unix socket that only they can open."""

import stat
from collections.abc import Iterator

import pytest

from extproc import headers as names
from extproc.testing.answers import Answer, Cut
from tests.bootstrap.agents_lab import AgentsLab, agents_lab
from tests.bootstrap.test_traffic import HOSTILE
from tests.bootstrap.values import ENVIRON


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentsLab]:
    with agents_lab(tmp_path_factory.mktemp("outbound")) as lab:
        yield lab


@pytest.fixture
def lab(running: AgentsLab) -> AgentsLab:
    """What is running, with nothing remembered of earlier tests."""
    for upstream in (*running.replicas, running.provider):
        upstream.forget()
    running.ext_proc.seen.clear()
    return running


def test_nobody_else_can_open_the_socket(lab: AgentsLab) -> None:
    """Whoever can spends the provider keys."""
    mode = (lab.envoy.directory / "outbound.sock").stat().st_mode

    assert (True, 0o600) == (stat.S_ISSOCK(mode), stat.S_IMODE(mode))


def test_a_provider_is_reached_with_its_key_and_host(lab: AgentsLab) -> None:
    """Everything that is not for it is removed as for a client's request, and no worker looks on."""
    others = {name: value for name, value in HOSTILE.items() if name.lower() != names.CLUSTER}
    answer = lab.outbound("acme", {**others, names.HASH: "h"}, path="/v1/chat/completions?a=1")

    seen = lab.provider.only()
    assert (200, "/v1/chat/completions?a=1", b"{}") == (answer.status, seen.target, seen.body)
    assert f"Bearer {ENVIRON['ACME_KEY']}" == seen.header("authorization")
    assert f"127.0.0.1:{lab.provider.port}" == seen.header("host")
    assert [] == [name for name, _ in seen.headers if name.lower().startswith(("x-plano-", "x-envoy-"))]
    assert [] == lab.ext_proc.seen


def test_an_agent_is_reached_with_what_it_is_told(lab: AgentsLab) -> None:
    """The ids of request and conversation are the caller's."""
    told = {"x-request-id": "r-1", names.CONVERSATION: "c-1", names.HASH: "c-1", "x-arch-upstream": "x"}
    lab.outbound("trusted", told)

    seen = {name.lower(): value for name, value in lab.agent.only().headers}
    assert ("r-1", "c-1", "trusted.test") == (seen["x-request-id"], seen[names.CONVERSATION], seen["host"])
    assert [names.CONVERSATION] == [name for name in seen if name.startswith(("x-plano-", "x-arch-"))]


@pytest.mark.parametrize(
    ("cluster", "reason"),
    [
        ("refusing", "unreachable"),
        ("dead", "unreachable"),
        ("nameless", "no_address"),
        ("missing", "no_such_cluster"),
        ("nowhere", "no_address"),
        (None, "gateway_error"),
    ],
)
def test_envoys_own_reply_is_marked(lab: AgentsLab, cluster: str | None, reason: str) -> None:
    """It is nobody's answer."""
    answer = lab.outbound(cluster)

    assert answer.status >= 400
    assert reason == answer.headers[names.REPLY]


def test_an_answer_is_not_marked_whatever_its_status(lab: AgentsLab) -> None:
    """Nor can whoever answers mark it."""
    lab.agent.script(Answer(503, ((names.REPLY, "forged"), ("x-own", "1")), (b"busy",)))

    answer = lab.outbound("trusted")

    assert (503, b"busy", "1", False) == (
        answer.status,
        answer.body,
        answer.headers["x-own"],
        names.REPLY in answer.headers,
    )


def test_one_that_hangs_up_is_no_answer(lab: AgentsLab) -> None:
    """And is not asked again: it may have acted."""
    lab.agent.script(Answer(before=(Cut.RESET,)))

    answer = lab.outbound("trusted")

    assert ("disconnected", 1) == (answer.headers[names.REPLY], len(lab.agent.requests))


def test_the_access_log_tells_of_it(lab: AgentsLab) -> None:
    """As of any request, by the listener's name."""
    lab.outbound("acme", {"x-request-id": "r-2"}, path="/v1/logged-outbound?key=1")

    line = lab.envoy.logged("/v1/logged-outbound")
    assert ("outbound", "r-2", "acme", 200) == (
        line["listener"],
        line["request_id"],
        line["cluster"],
        line["status"],
    )
