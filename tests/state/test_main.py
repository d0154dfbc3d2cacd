"""`plano-state` as a process: how it starts, ends, and what of it survives."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from extproc.stateclient.client import StateClient
from extproc.testing.ports import PortClaim
from tests.state.running import CONFIG, command, process

IN_A_FILE = f"""{CONFIG}
state_storage: {{type: sqlite, path: state.db}}
routing: {{session_cache: {{type: sqlite, path: state.db}}}}
"""


def use(folder: Path, *calls: tuple[str, ...]) -> list[object]:
    """Calls of a client, one after another."""

    async def run() -> list[object]:
        client = StateClient(folder / "state.sock")
        answers = [await getattr(client, name)(*arguments) for name, *arguments in calls]
        await client.close()
        return answers

    return asyncio.run(run())


def test_it_serves_grpc_health_and_http_and_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    claim = PortClaim()
    with process(tmp_path, "--http", claim.port) as running:
        channel = grpc.insecure_channel(f"unix:{tmp_path / 'state.sock'}")
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5.0)
        channel.close()
        answer = httpx.get(f"http://127.0.0.1:{claim.port}/healthz", trust_env=False)
        running.terminate()
        code = running.wait(10.0)
    claim.release()

    assert health_pb2.HealthCheckResponse.SERVING == health.status
    assert (200, "ok") == (answer.status_code, answer.json()["status"])
    assert (0, "") == (code, errors(tmp_path))


def errors(folder: Path) -> str:
    """Lines of the log that are worse than INFO."""
    lines = (folder / "state.log").read_text().splitlines()
    return "\n".join(line for line in lines if " INFO " not in line)


def test_what_is_kept_in_a_file_survives_kill_9(tmp_path: Path) -> None:
    """Sessions and the rest, in the same one, beside the config."""
    with process(tmp_path, config=IN_A_FILE) as running:
        use(tmp_path, ("put", "session", "", "s", b"1", 60.0), ("add", "response", "t", "r", b"2", None))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()

    with process(tmp_path, config=IN_A_FILE):
        found = use(tmp_path, ("get", "session", "", "s"), ("add", "response", "t", "r", b"3", None))

    assert [b"1", False] == found
    assert 0o600 == (tmp_path / "state.db").stat().st_mode & 0o777


def test_relative_paths_begin_where_it_is_told(tmp_path: Path) -> None:
    """A copy of the config may lie anywhere."""
    elsewhere = tmp_path / "elsewhere"
    with process(tmp_path, "--directory", elsewhere, config=IN_A_FILE):
        use(tmp_path, ("put", "session", "", "s", b"1", 60.0))

    assert [True, False] == [(folder / "state.db").exists() for folder in (elsewhere, tmp_path)]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (CONFIG.replace("model:", "modle:"), "modle"),
        (f"{CONFIG}state_storage: {{type: sqlite, path: .}}\n", "unable to open database file"),
    ],
    ids=["config", "store"],
)
def test_a_start_that_cannot_work_is_refused_in_one_line(tmp_path: Path, config: str, said: str) -> None:
    (tmp_path / "config.yaml").write_text(config)

    done = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=30, check=False)

    assert 1 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    claim = PortClaim()
    with process(tmp_path, "--http", claim.port):
        other = [*command(tmp_path, "--http", claim.port)]
        other[other.index(str(tmp_path / "state.sock"))] = str(tmp_path / "other.sock")
        done = subprocess.run(other, capture_output=True, text=True, timeout=30, check=False)
    claim.release()

    assert 1 == done.returncode
    assert (
        f"plano-state: cannot listen on 127.0.0.1, port {claim.port}: Address already in use" in done.stderr
    )
    assert "Traceback" not in done.stderr
