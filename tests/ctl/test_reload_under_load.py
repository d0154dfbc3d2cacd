"""Reloads of a gateway that is busy: real Envoy, two workers, 120 requests a second, none of them lost.

Over each change there is also an answer that streams, which begins before it and ends after it.
"""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from extproc.ctl.gateway.record import Record
from extproc.testing.admin import Admin
from extproc.testing.answers import Answer, Gate, anthropic_stream, error, openai_chat_stream
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Seen, Upstream, plausible
from tests.bootstrap.agents_lab import FOR_AGENTS
from tests.ctl import processes
from tests.ctl.cli import Cli, Result
from tests.ctl.load import CONNECTIONS, Load

CONFIG = """\
version: v0.4.0
listeners:
  - {{name: llm, type: model, address: 127.0.0.1, port: {port}{listener}}}
{listeners}
model_providers:
  - {{model: openai/gpt-4o, base_url: "{first}", access_key: $OPENAI_API_KEY, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{first}", access_key: $OPENAI_API_KEY}}
{providers}
model_aliases:
  fast: {{target: {fast}}}
{more}
"""


class Busy:
    """A gateway under load, and what a test needs to change and ask it."""

    def __init__(self, folder: Path, port: int, spare: int, first: Upstream, second: Upstream) -> None:
        self.cli = Cli(folder, {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-ant"})
        self.port, self.spare = port, spare
        self.first, self.second = first, second
        self.load = Load(port, "fast", {"gpt-4o"})
        self.parts: dict[str, str] = {}
        self.write()

    def write(self, **parts: str) -> None:
        """The config with these parts in place of what it had there."""
        self.parts = {
            "listener": "",
            "listeners": "",
            "providers": "",
            "more": "",
            "fast": "openai/gpt-4o",
        } | parts
        places = {"port": str(self.port), "first": self.first.url}
        self.cli.write("config.yaml", CONFIG.format(**places, **self.parts))

    def reload(self, **parts: str) -> Result:
        """Another config in force; what the command says."""
        self.write(**parts)
        return self.cli("reload")

    def ask(self, model: str, port: int | None = None, **more: Any) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **more}
        url = f"http://127.0.0.1:{port or self.port}/v1/chat/completions"
        return httpx.post(url, json=body, trust_env=False, timeout=30.0)

    def worker(self) -> int | None:
        """The process id of the first worker, while it has one."""
        record = Record.read(self.cli.home / "run" / "gateway.json")
        assert record is not None
        return record.worker_states()[0].pid

    def health(self) -> Any:
        return httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False).json()["config"]

    def changed_listeners(self) -> set[int]:
        """How many of Envoy's listeners were not left as they were, in either way."""
        return set(self.admin().stats("listener_manager.listener_(modified|in_place_updated)").values())

    def admin(self) -> Admin:
        record = Record.read(self.cli.home / "run" / "gateway.json")
        assert record is not None
        return Admin(record.admin_port)

    @contextmanager
    def streaming(self, path: str = "/v1/chat/completions", port: int | None = None) -> Iterator[None]:
        """An answer that has begun before the block, goes on after it, and arrives whole."""
        gate = Gate()
        self.first.script_with(_held_by(gate))
        body = {"model": "openai/gpt-4o", "max_tokens": 9, "stream": True, "messages": [HELD]}
        url = f"http://127.0.0.1:{port or self.port}{path}"
        with httpx.stream("POST", url, json=body, trust_env=False, timeout=60.0) as answer:
            pieces = answer.iter_raw()
            text = next(pieces)
            yield
            gate.open()
            text += b"".join(pieces)
        self.first.script_with(plausible)
        assert 200 == answer.status_code, text
        assert [True] * 3 == [word in text for word in (b"one", b"two", b"three")]


HELD = {"role": "user", "content": "tell me slowly"}


def _held_by(gate: Gate) -> Any:
    def script(seen: Seen) -> Answer:
        if HELD["content"].encode() in seen.body:
            return openai_chat_stream(["one", "two", "three"]).gated(gate)
        return plausible(seen)

    return script


@pytest.fixture(scope="module")
def _busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    with ExitStack() as stack:
        claims = [PortClaim(), PortClaim()]
        for claim in claims:
            stack.callback(claim.release)
        first, second = (stack.enter_context(Upstream(told=FOR_AGENTS)) for _ in range(2))
        busy = Busy(tmp_path_factory.mktemp("busy"), *(claim.port for claim in claims), first, second)
        up = busy.cli.process("up", "--workers", "2", "--no-watch")
        stack.callback(busy.cli.process, "down")
        assert 0 == up.code, up
        stack.enter_context(busy.load)
        yield busy
    assert {} == processes.of(busy.cli.home)


@pytest.fixture
def busy(_busy: Busy) -> Iterator[Busy]:
    """The gateway; afterwards, every request that came by the way must have been answered rightly."""
    _busy.load.so_far()
    yield _busy
    tally = _busy.load.so_far()
    assert [] == tally.wrong
    assert 0 < tally.right


CLAUDE = '  - {{model: anthropic/claude-x, base_url: "{url}", access_key: $ANTHROPIC_API_KEY}}'
AGENTS = """\
  - {{name: travel, type: agent, address: 127.0.0.1, port: {port}, agents: [{{id: weather}}{more}]}}
"""


def claude(busy: Busy) -> str:
    return CLAUDE.format(url=busy.second.url)


def test_an_alias_leads_elsewhere(busy: Busy) -> None:
    busy.load.by = {"gpt-4o", "gpt-4o-mini"}
    with busy.streaming():
        told = busy.reload(fast="openai/gpt-4o-mini")
        busy.load.by = {"gpt-4o-mini"}
        answers = {busy.ask("fast").json()["model"] for _ in range(10)}

    busy.load.by = {"gpt-4o", "gpt-4o-mini"}
    busy.reload()
    busy.load.by = {"gpt-4o"}

    assert 0 == told.code, told
    assert "changed  aliases" in told.out
    assert {"gpt-4o-mini"} == answers


def test_a_provider_is_added_with_its_key_and_removed(busy: Busy) -> None:
    """Its cluster is there before anyone is sent to it, and goes when nobody needs it any more."""
    with busy.streaming("/v1/messages"):
        added = busy.reload(providers=claude(busy))
        answers = [busy.ask("claude-x").status_code for _ in range(10)]
    gate = Gate()
    busy.second.script(anthropic_stream(["one", "two"]).gated(gate))
    body = {"model": "claude-x", "stream": True, "messages": [HELD]}
    url = f"http://127.0.0.1:{busy.port}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, trust_env=False, timeout=60.0) as answer:
        pieces = answer.iter_raw()
        text = next(pieces)
        removed = busy.reload()
        gone = busy.ask("claude-x").status_code
        gate.open()
        text += b"".join(pieces)

    assert [200] * 10 == answers, added
    assert "added    provider anthropic/claude-x" in added.out
    assert {"sk-ant"} == {request.header("x-api-key") for request in busy.second.requests}
    assert "removed  provider anthropic/claude-x" in removed.out
    assert 404 == gone
    assert b"two" in text
    processes.until(
        lambda: not busy.admin().hosts("anthropic_127.0.0.1_" + str(busy.second.port)), "it is gone"
    )
    processes.until(lambda: len(list((busy.cli.home / "run" / "secrets").iterdir())) == 1, "so is its key")


def test_a_key_is_rotated(busy: Busy) -> None:
    """Whoever gets the old one got it before the command was done."""
    with busy.streaming():
        told = busy.cli.with_environ(OPENAI_API_KEY="sk-2")("reload")
        done = time.monotonic()
        busy.ask("fast")

    keys = {request.header("authorization") for request in busy.first.requests if request.at > done}
    assert 0 == told.code, told
    assert {"Bearer sk-2"} == keys
    assert "changed  secret openai_127.0.0.1_" in told.out


def test_kinds_of_task_are_told_apart_by_new_descriptions(busy: Busy) -> None:
    """The worker has understood them before the first request comes."""
    preferences = """
routing_preferences:
  - {name: code, description: "writing and explaining program code", models: [openai/gpt-4o-mini]}
  - {name: weather, description: "weather forecasts: rain, sun and temperature", models: [openai/gpt-4o]}
"""
    busy.load.by = {"gpt-4o", "gpt-4o-mini"}
    with busy.streaming():
        told = busy.reload(more=preferences)
        said = [{"role": "user", "content": "Please write program code that sorts a list in Python."}]
        first = busy.ask("openai/gpt-4o", messages=said)
    swapped = busy.reload(more=preferences.replace("gpt-4o-mini", "gpt-4o"))
    second = busy.ask("openai/gpt-4o-mini", messages=said)
    busy.load.by = {"gpt-4o"}
    busy.reload()

    assert "added    routing preference code" in told.out, told
    assert "changed  routing preference code" in swapped.out, swapped
    assert ("gpt-4o-mini", "gpt-4o") == (first.json()["model"], second.json()["model"])


def test_a_listener_of_agents_is_added_then_an_agent_then_both_go(busy: Busy) -> None:
    """The other listener is not touched; who is connected to one that goes is served, and told."""
    agents = f'agents: [{{id: weather, url: "{busy.first.url}"}}]'
    listener = AGENTS.format(port=busy.spare, more="")
    with busy.streaming():
        added = busy.reload(listeners=listener, more=agents)
        asked = busy.ask("none", busy.spare)
    two = f'agents: [{{id: weather, url: "{busy.first.url}"}}, {{id: flights, url: "{busy.second.url}"}}]'
    both = AGENTS.format(port=busy.spare, more=", {id: flights, description: Finds flights to cities}")
    both = both.replace("{id: weather}", "{id: weather, description: Tells how the weather will be}")
    more = busy.reload(listeners=both, more=two)
    flying = busy.ask("none", busy.spare, messages=[{"role": "user", "content": "When is a flight to Oslo?"}])
    with httpx.Client(trust_env=False, timeout=30.0) as kept, busy.streaming(port=busy.spare):
        url = f"http://127.0.0.1:{busy.spare}/v1/chat/completions"
        body = {"model": "none", "messages": [{"role": "user", "content": "When is a flight to Oslo?"}]}
        kept.post(url, json=body)
        removed = busy.reload()
        last = kept.post(url, json=body)
        with pytest.raises(httpx.ConnectError):
            busy.ask("none", busy.spare)

    assert "added    listener travel" in added.out, added
    assert ("weather", 200) == (asked.headers["x-plano-agent"], asked.status_code)
    assert "added    agent flights" in more.out, more
    assert "flights" == flying.headers["x-plano-agent"]
    assert "removed  listener travel" in removed.out, removed
    assert (200, "flights", "close") == (
        last.status_code,
        last.headers.get("x-plano-agent"),
        last.headers.get("connection"),
    )
    assert {0} == busy.changed_listeners()


def test_a_request_whose_next_targets_are_gone_meanwhile_still_goes_there(busy: Busy) -> None:
    """By the ranking, the route and the clusters of the config that it began with."""
    gate = Gate()
    policy = ", retry_policy: {fallback_models: [mistral/tiny]}}"
    tiny = f'\n  - {{model: mistral/tiny, base_url: "{busy.first.url}", access_key: sk-tiny}}'
    ranked = busy.reload(providers=claude(busy).removesuffix("}") + policy + tiny)
    failing = error(503, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
    busy.second.forget()
    busy.second.script(replace(failing, before=(gate,)))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(busy.ask, "claude-x")
        busy.second.wait_for(1)
        removed = busy.reload()
        gate.open()
        answer = asked.result()

    assert (0, 0) == (ranked.code, removed.code), ranked
    assert (200, "tiny") == (answer.status_code, answer.json().get("model")), answer.text


def test_retries_and_a_timeout_of_a_listener_change(busy: Busy) -> None:
    """They are in its routes: the listener itself stays."""
    gate = Gate()
    with busy.streaming():
        told = busy.reload(listener=", max_retries: 1, timeout: 1s")
        busy.second.forget()
        busy.load.by = {"gpt-4o"}
    busy.reload(listener=", max_retries: 1, timeout: 1s", providers=claude(busy))
    busy.second.script(error(503, {"error": {"message": "busy"}}))
    tried = busy.ask("claude-x")
    busy.second.script(Answer(before=(gate,)))
    late = busy.ask("claude-x")
    gate.open()
    busy.reload()

    assert "changed  listener llm" in told.out, told
    assert (200, 504) == (tried.status_code, late.status_code), tried.text
    assert {0} == busy.changed_listeners()


BAD = {
    "YAML": ({"more": "{{ nonsense: ["}, "config.yaml:"),
    "unknown model": ({"fast": "openai/none"}, "none"),
    "unset variable": (
        {"providers": "  - {model: mistral/m, access_key: $NEVER_SET}"},
        "environment variable NEVER_SET is not set",
    ),
    "Envoy": ({"listener": ", tls: {cert: garbage.pem, key: garbage.pem}"}, "Envoy does not accept"),
    "port": (
        {"listeners": "  - {name: other, type: model, address: 127.0.0.1, port: PORT}"},
        "cannot listen",
    ),
}


def test_a_listener_moves_to_another_port_and_to_all_addresses(busy: Busy) -> None:
    """Who is connected to the old one is served by it once more."""
    other = "  - {name: other, type: model, address: 127.0.0.1, port: PORT}"
    claim = PortClaim()
    busy.reload(listeners=other.replace("PORT", str(busy.spare)))
    with httpx.Client(trust_env=False, timeout=30.0) as kept:
        url = f"http://127.0.0.1:{busy.spare}/v1/chat/completions"
        kept.post(url, json={"model": "fast", "messages": []})
        moved = busy.reload(listeners=other.replace("PORT", str(claim.port)))
        last = kept.post(url, json={"model": "fast", "messages": []})
    there = busy.ask("fast", claim.port)
    wider = busy.reload(listeners=other.replace("PORT", str(claim.port)).replace("127.0.0.1", "0.0.0.0"))
    still_there = busy.ask("fast", claim.port)
    with pytest.raises(httpx.ConnectError):
        busy.ask("fast", busy.spare)
    busy.reload()
    claim.release()

    assert "changed  listener other" in moved.out, moved
    assert (200, "close") == (last.status_code, last.headers.get("connection"))
    assert (200, 0, 200) == (there.status_code, wider.code, still_there.status_code), wider


def test_what_is_remembered_moves_to_a_file(busy: Busy) -> None:
    """plano-state starts again, and no request minds."""
    told = busy.reload(more="state_storage: {type: sqlite, path: responses.db}")
    processes.until((busy.cli.folder / "responses.db").exists, "the file is there")
    busy.reload()

    assert "plano-state starts again" in told.err, told


def test_a_listener_gets_another_name_under_its_own_load(busy: Busy) -> None:
    """For Envoy it is another one, which takes the port over."""
    text = CONFIG.replace("name: llm", "name: renamed")
    places = {"port": str(busy.port), "first": busy.first.url}
    busy.cli.write("config.yaml", text.format(**places, **busy.parts))

    renamed = busy.cli("reload")
    back = busy.reload()

    assert "added    listener renamed" in renamed.out, renamed
    assert "added    listener llm" in back.out


def test_a_check_says_what_would_change_and_changes_nothing(busy: Busy) -> None:
    before = busy.health()
    busy.write(fast="openai/gpt-4o-mini")

    checked = busy.cli("reload", "--check")
    status = busy.cli("status")

    assert 0 == checked.code, checked
    assert "can be reloaded" in checked.out
    assert "changed  aliases" in checked.out
    assert before == busy.health()
    assert "edited since: planoctl reload takes it" in " ".join(status.out.split())


def test_a_check_of_what_cannot_be_used_is_not_held_against_the_gateway(busy: Busy) -> None:
    busy.write(fast="openai/none")

    checked = busy.cli("reload", "--check")

    assert (1, True) == (checked.code, "stays in force" in checked.err), checked
    assert None is busy.health()["error"]


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_used_changes_nothing_and_is_told(busy: Busy, kind: str) -> None:
    parts, said = BAD[kind]
    busy.cli.write("garbage.pem", "no certificate")
    parts = {name: part.replace("PORT", str(busy.first.port)) for name, part in parts.items()}
    before = busy.health()["generation"]

    with busy.streaming():
        told = busy.reload(**parts)
    health, status = busy.health(), busy.cli("status")

    assert (1, True) == (told.code, said in told.err), told
    assert f"generation {before} stays in force" in told.err
    assert (before, True) == (health["generation"], said in health["error"])
    assert "the latest change is rejected" in status.out, status


def test_it_is_told_until_it_is_mended_also_by_a_worker_that_is_new(busy: Busy) -> None:
    """Of the load, no more is lost than what the other worker held, and that with a clean error."""
    before = busy.health()["generation"]
    busy.reload(fast="openai/none")
    killed = busy.worker()
    os.kill(killed, signal.SIGKILL)
    processes.until(lambda: busy.worker() not in {killed, None}, "there is another worker")
    processes.until(lambda: all(host.healthy for host in busy.admin().workers()), "it serves")
    errors = {busy.health()["error"] is None for _ in range(10)}
    mended = busy.reload()
    lost = busy.load.so_far().wrong

    assert [] == [answer for answer in lost if not answer.startswith("503") or "server_error" not in answer]
    assert CONNECTIONS >= len(lost)
    assert {False} == errors
    assert 0 == mended.code, mended
    assert {"generation": before + 1, "error": None} == busy.health()
