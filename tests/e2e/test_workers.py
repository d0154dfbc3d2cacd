"""Workers come and go: a crash fails at most what it held, a stop drains, a start heals."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from extproc.testing.answers import Gate, openai_chat_stream
from extproc.testing.gateway import Gateway
from extproc.testing.upstream import Upstream

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: k, default: true}}
"""
CHAT = "/v1/chat/completions"
BODY = {"model": "gpt-4o"}


@pytest.fixture
def upstream():
    with Upstream() as provider:
        yield provider


@pytest.fixture(params=[2])
def gateway(upstream, request):
    with Gateway(CONFIG.format(url=upstream.url), workers=request.param) as running:
        running.until(lambda: all_healthy(running), "every worker is healthy")
        yield running


def all_healthy(gateway) -> bool:
    return all(worker.healthy for worker in gateway.admin.workers())


@pytest.fixture
def post(gateway):
    """Send one chat request; a frozen worker may keep it for long."""
    with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=30) as client:
        yield lambda: client.post(CHAT, json=BODY)


def test_both_workers_get_work(gateway, upstream, post):
    before = [worker.requests for worker in gateway.admin.workers()]
    for _ in range(20):
        assert post().status_code == 200

    after = [worker.requests for worker in gateway.admin.workers()]
    assert 2 == len(after)
    assert all(later > earlier for earlier, later in zip(before, after, strict=True))


def test_a_killed_worker_fails_at_most_what_it_held_and_comes_back(gateway, upstream, post):
    """One of two workers is frozen with requests in it, then killed: what the other one has goes on."""
    frozen, _ = gateway.worker_pids
    os.kill(frozen, signal.SIGSTOP)
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(post) for _ in range(16)]
        # Those of the other worker are answered; the frozen one still holds the rest.
        upstream.wait_for(1)
        os.kill(frozen, signal.SIGKILL)
        statuses = [answer.result(30) for answer in answers]

    failed = [answer for answer in statuses if answer.status_code != 200]
    assert len(upstream.requests) == 16 - len(failed)
    assert {503} >= {answer.status_code for answer in failed}
    assert all(answer.json()["error"]["type"] == "server_error" for answer in failed)
    gateway.until(lambda: frozen not in gateway.worker_pids and len(gateway.worker_pids) == 2, "a new worker")
    gateway.until(lambda: all_healthy(gateway), "both are healthy again")
    assert [200] * 20 == [post().status_code for _ in range(20)]


def test_requests_one_after_another_hardly_notice_a_killed_worker(gateway, upstream, post):
    """At most the exchange that the worker held, and one more before Envoy knows."""
    victim = gateway.worker_pids[0]
    statuses = []
    for number in range(100):
        if number == 30:
            os.kill(victim, signal.SIGKILL)
        statuses.append(post().status_code)

    assert {200, 503} >= set(statuses)
    assert statuses.count(503) <= 2


@pytest.mark.parametrize("gateway", [1], indirect=True)
def test_a_worker_that_dies_in_an_exchange_does_not_let_it_through(gateway, upstream, post):
    (worker,) = gateway.worker_pids
    os.kill(worker, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(post)
        gateway.until(lambda: gateway.admin.workers()[0].active > 0, "Envoy has asked the worker")
        os.kill(worker, signal.SIGKILL)

        assert answer.result(30).status_code == 503
    assert [] == upstream.requests


@pytest.mark.parametrize("gateway", [1], indirect=True)
def test_health_is_false_when_extproc_is_killed_and_true_when_it_is_back(gateway, upstream, post):
    gateway.kill_extproc()
    gateway.until(lambda: gateway.health() == 503, "/healthz is 503")
    down = post()
    gateway.start_extproc()
    gateway.until(lambda: gateway.health() == 200, "/healthz is 200")

    assert (down.status_code, down.json()["error"]["type"]) == (503, "server_error")
    assert post().status_code == 200
    assert 1 == len(upstream.requests)


@pytest.mark.parametrize("gateway", [1], indirect=True)
def test_an_answer_that_streams_outlives_extproc(gateway, upstream):
    """The exchange with extproc was over before the answer began."""
    gate = Gate()
    answer = openai_chat_stream(["one", "two"])
    upstream.script(answer.gated(gate))
    with httpx.stream("POST", f"{gateway.base_url}{CHAT}", json=BODY, trust_env=False) as response:
        arriving = response.iter_raw()
        received = next(arriving)
        gateway.kill_extproc()
        gate.open()
        received += b"".join(arriving)

    assert received == answer.body


@pytest.mark.parametrize("gateway", [1], indirect=True)
def test_sigterm_says_not_serving_and_ends_by_itself(gateway, upstream, post):
    """Envoy stops asking before the worker is gone: every request is answered, well or with a clean 503."""
    gateway.extproc.terminate()
    statuses = set()
    while gateway.extproc.poll() is None:
        answer = post()
        statuses.add(answer.status_code)
        if answer.status_code != 200:
            assert answer.json()["error"]["type"] == "server_error"

    assert {200, 503} >= statuses
    assert 0 == gateway.extproc.returncode


def test_nothing_is_left_behind(upstream):
    with Gateway(CONFIG.format(url=upstream.url), workers=2) as running:
        pids = (running.envoy.pid, running.extproc.pid, *running.worker_pids)

    assert [] == [pid for pid in pids if Path(f"/proc/{pid}").exists()]
