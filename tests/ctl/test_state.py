"""plano-state as one of a gateway's programs: shown, kept running, and not needed."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from extproc.ctl.gateway.record import Record
from extproc.testing.upstream import Upstream
from tests.ctl import processes
from tests.ctl.cli import Cli, config

KEYS = {"OPENAI_API_KEY": "sk-test", "STATE_FILE": "conversations.db"}
STORES = (
    "state_storage: {type: sqlite, path: $STATE_FILE}",
    "routing: {session_cache: {type: sqlite, path: $STATE_FILE}}",
)


@pytest.fixture
def keyed(cli: Cli) -> Iterator[Cli]:
    """planoctl with a key; whatever a test leaves running is ended."""
    with_key = cli.with_environ(**KEYS)
    yield with_key
    with_key.process("down")
    left = processes.of(cli.home)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert {} == left


def status(cli: Cli) -> dict[str, Any]:
    """What `planoctl status --json` says."""
    told: dict[str, Any] = json.loads(cli("status", "--json").out)
    return told


def chat(port: int) -> int:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    return httpx.post(url, json=body, headers={"x-model-affinity": "mine"}, trust_env=False).status_code


def test_status_shows_who_has_had_something_to_do(keyed: Cli, port: int) -> None:
    """For people and for programs; the API has the rest."""
    with Upstream() as provider:
        keyed.write("config.yaml", config(port, extra=[f"    base_url: {provider.url}"]))
        keyed.process("up", "--workers", "1")
        chat(port)

        def loads() -> list[dict[str, Any]]:
            told = status(keyed)["state"]
            return [load for load in told["providers"] if load["turns"]]

        processes.until(lambda: bool(loads()), "a turn has ended")
        told, shown = status(keyed), keyed("status").out
        turns = httpx.get(f"{told['state_api']}/v1/turns", trust_env=False).json()["turns"]

    assert [("openai/gpt-4o", 1, 0)] == [
        (load["name"], load["turns"], load["errors"]) for load in told["state"]["providers"]
    ]
    assert [("openai/gpt-4o", 200)] == [(turn["provider"], turn["status"]) for turn in turns]
    assert "state memory" in " ".join(shown.split())
    assert "PROVIDER" in shown


def test_its_end_fails_no_request_and_it_is_started_again(keyed: Cli, port: int) -> None:
    """What it keeps in a file, beside the config, is there again."""
    with Upstream() as provider:
        keyed.write("config.yaml", config(port, extra=[f"    base_url: {provider.url}", *STORES]))
        keyed.process("up", "--workers", "1")
        statuses = [chat(port)]
        processes.until(lambda: len(turns(keyed)) == 1, "a turn is kept")
        pid = next(child["pid"] for child in status(keyed)["processes"] if child["name"] == "state")

        os.kill(pid, signal.SIGKILL)
        statuses += [chat(port) for _ in range(5)]
        processes.until(lambda: bool(status(keyed)["state"]), "it answers again")
        processes.until(lambda: len(turns(keyed)) == 6, "what happened meanwhile is told")
        restarts = {child["name"]: child["restarts"] for child in status(keyed)["processes"]}

    assert [200] * 6 == statuses
    assert {"state": 1, "extproc": 0, "envoy": 0} == restarts
    assert (keyed.folder / "conversations.db").exists()


def turns(cli: Cli) -> list[Any]:
    told = status(cli)
    found: list[Any] = httpx.get(f"{told['state_api']}/v1/turns", trust_env=False).json()["turns"]
    return found


def test_status_says_when_it_does_not_answer(keyed: Cli, port: int) -> None:
    """The gateway serves all the same."""
    keyed.write("config.yaml", config(port))
    keyed.process("up", "--workers", "1")
    pid = next(child["pid"] for child in status(keyed)["processes"] if child["name"] == "state")
    os.kill(pid, signal.SIGSTOP)
    try:
        result = keyed("status")
    finally:
        os.kill(pid, signal.SIGCONT)

    assert 0 == result.code
    assert "does not answer; requests are served without it" in " ".join(result.out.split())


def test_a_store_that_cannot_be_opened_is_told_by_up(keyed: Cli, port: int) -> None:
    """With the words of plano-state, and nothing stays."""
    keyed.write("config.yaml", config(port, extra=["state_storage: {type: sqlite, path: .}"]))

    result = keyed.process("up", "--workers", "1")

    assert 1 == result.code
    assert "error: the gateway did not start: state keeps ending (exit code 1)" in result.err
    assert "unable to open database file" in result.err
    assert {} == processes.of(keyed.home)


def test_what_its_stores_need_it_alone_gets(keyed: Cli, port: int) -> None:
    """A password is in one file that only its owner reads, and in no other process's environment."""
    with_secret = keyed.with_environ(REDIS_PASSWORD="hush-hush")
    store = "state_storage: {type: redis, url: 'redis://:$REDIS_PASSWORD@127.0.0.1:1'}"
    with_secret.write("config.yaml", config(port, extra=[store]))
    with_secret.process("up", "--workers", "1")
    run = Path(Record.read(keyed.home / "run" / "gateway.json").socket_dir).parent  # type: ignore[union-attr]
    holders = [file for file in run.rglob("*") if file.is_file() and b"hush-hush" in file.read_bytes()]
    found = processes.of(keyed.home)

    assert [run / "state-secrets.json"] == holders
    assert 0o600 == holders[0].stat().st_mode & 0o777
    assert [] == [pid for pid in found if "hush-hush" in str(processes.environ(pid))]
    with_secret.process("down")
    assert not holders[0].exists()
