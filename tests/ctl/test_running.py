"""A gateway that runs, looked at from all sides; nothing here disturbs it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from extproc.testing.answers import openai_chat
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.ctl import processes
from tests.ctl.cli import Cli, Result, config

KEY = "sk-test-key-that-must-not-be-seen"


class Running:
    """A gateway in the background, before a scripted provider."""

    def __init__(self, folder: Path, port: int, upstream: Upstream) -> None:
        self.cli = Cli(folder, {"OPENAI_API_KEY": KEY})
        self.port = port
        self.upstream = upstream
        base_url = f"    base_url: {upstream.url}"
        interface = ["model_aliases:", "  fast: {target: openai/gpt-4o}"]
        self.cli.write("config.yaml", config(port, extra=[base_url, *interface]))
        self.up: Result = self.cli.process("up", "--workers", "2")

    def get(self, path: str) -> httpx.Response:
        """A GET of its listener."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)

    def chat(self, model: str) -> httpx.Response:
        """A question to a model."""
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
        url = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        return httpx.post(url, json=body, trust_env=False, timeout=30.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One gateway for all tests of this file."""
    claim = PortClaim()
    with Upstream() as upstream:
        gateway = Running(tmp_path_factory.mktemp("running"), claim.port, upstream)
        try:
            yield gateway
        finally:
            down = gateway.cli.process("down")
            claim.release()
    assert 0 == down.code, down
    assert {} == processes.of(gateway.cli.home)


def test_up_returns_when_it_serves_and_says_how_to_go_on(running: Running) -> None:
    assert 0 == running.up.code, running.up
    assert "✓ the gateway serves" in running.up.out
    assert f"http://127.0.0.1:{running.port}" in running.up.out
    assert 200 == running.get("/healthz").status_code


def test_the_curl_that_up_prints_can_be_pasted(running: Running) -> None:
    running.upstream.script(openai_chat("hello"))
    [command] = re.findall(r"curl .*?(?=\n\n)", running.up.out, re.DOTALL)
    url = command.split()[1]
    [body] = re.findall(r"-d '(.*)'", command)

    answer = httpx.post(url, content=body, headers={"content-type": "application/json"}, trust_env=False)

    assert 200 == answer.status_code, answer.text


def test_the_provider_gets_the_key_from_envoy(running: Running) -> None:
    running.upstream.forget()
    running.upstream.script(openai_chat("hello"))

    running.chat("fast")

    assert f"Bearer {KEY}" == running.upstream.only().header("authorization")


def test_no_process_has_the_key_in_its_environment_or_command_line(running: Running) -> None:
    found = processes.of(running.cli.home)

    assert 5 <= len(found), found
    assert [] == [pid for pid, command in found.items() if KEY in command]
    assert [] == [pid for pid in found if KEY in str(processes.environ(pid))]


def test_the_key_is_in_files_that_only_their_owner_reads(running: Running) -> None:
    run = running.cli.home / "run"
    holders = [file for file in run.rglob("*") if file.is_file() and KEY in file.read_text(errors="replace")]

    assert [run / "secrets"] == list({file.parent for file in holders})
    assert {0o600} == {file.stat().st_mode & 0o777 for file in holders}
    assert 0o700 == run.stat().st_mode & 0o777


def test_status_shows_processes_and_health(running: Running) -> None:
    result = running.cli("status")

    assert 0 == result.code, result
    for words in ("serving", "config.yaml, generation 1", "extproc", "envoy", f"127.0.0.1:{running.port} ok"):
        assert words in " ".join(result.out.split())


def test_status_tells_programs(running: Running) -> None:
    status = json.loads(running.cli("status", "--json").out)

    [listener] = status["listeners"]
    assert (True, True) == (status["running"], status["serving"])
    assert ["state", "extproc", "envoy"] == [child["name"] for child in status["processes"]]
    assert ({"running"}, {0}) == (
        {child["status"] for child in status["processes"]},
        {child["restarts"] for child in status["processes"]},
    )
    assert ("llm", 200, {"generation": 1, "error": None}) == (
        listener["name"],
        listener["status"],
        listener["config"],
    )


def test_status_fits_a_narrow_terminal(running: Running) -> None:
    result = running.cli.with_environ(COLUMNS="80")("status")

    assert max(map(len, result.out.splitlines())) <= 80


def test_a_second_up_says_what_runs_and_how_to_stop_it(running: Running) -> None:
    result = running.cli.process("up")

    assert 1 == result.code
    assert "error: a gateway is already running (pid " in result.err
    assert "hint: planoctl status shows it, planoctl down stops it" in result.err


def test_a_gateway_of_another_home_sees_that_the_port_is_taken_and_by_whom(
    running: Running, tmp_path: Path
) -> None:
    other = Cli(tmp_path, running.cli.environ)
    other.write("config.yaml", config(running.port))

    result = other.process("up")

    assert 1 == result.code
    assert f"error: port {running.port} (listener llm) is in use by envoy (pid " in result.err
    assert {} == processes.of(other.home)


def test_a_request_is_in_the_logs_soon(running: Running) -> None:
    running.get("/v1/models?mark-of-this-test")

    processes.until(lambda: '"path":"/v1/models' in running.cli("logs").out, "the request is logged")


def test_logs_are_followed(running: Running) -> None:
    with running.cli.start("logs", "--follow", "--lines", "0") as following:
        assert following.stdout is not None
        running.get("/v1/models/no-such-model")
        line = next(line for line in following.stdout if "no-such-model" in line)
        following.terminate()

    assert 404 == json.loads(line)["status"]


def test_debug_adds_the_gateways_own_log(running: Running) -> None:
    assert "envoy (pid " in running.cli("logs", "--debug").out
    assert "envoy (pid " not in running.cli("logs").out


def test_chat_finds_the_gateway_that_runs(running: Running) -> None:
    running.upstream.forget()
    running.upstream.script(openai_chat("hello"))

    result = running.cli("chat", "Hi", "--model", "fast")

    assert (0, "hello\n\n") == (result.code, result.out), result
    assert "gpt-4o (openai/gpt-4o) · first token " in result.err


def test_chat_names_the_listeners_there_are(running: Running) -> None:
    result = running.cli("chat", "Hi", "--listener", "lmm")

    assert 1 == result.code
    assert ["error: no listener is called lmm", "hint: there are: llm"] == result.err.splitlines()


TOOL = '#!/bin/sh\necho "$*"\nenv\nexit 7\n'


@pytest.mark.parametrize(
    ("tool", "argv", "environ"),
    [
        ("claude", "--print Hi", {"ANTHROPIC_BASE_URL": "", "ANTHROPIC_AUTH_TOKEN": "test"}),
        ("codex", "--model gpt-5.3-codex --print Hi", {"OPENAI_BASE_URL": "/v1", "OPENAI_API_KEY": "test"}),
    ],
)
def test_a_coding_tool_is_started_on_the_gateway(
    running: Running, tool: str, argv: str, environ: dict[str, str]
) -> None:
    """It takes planoctl's place: its arguments, its environment and its exit code."""
    program = running.cli.write(tool, TOOL)
    program.chmod(0o755)
    path = f"{running.cli.folder}:{running.cli.env['PATH']}"

    result = running.cli.with_environ(PATH=path).process("cli-agent", tool, "--", "--print", "Hi")

    url = f"http://127.0.0.1:{running.port}"
    told = {name: url + value if name.endswith("URL") else value for name, value in environ.items()}
    assert 7 == result.code, result
    assert argv == result.out.splitlines()[0]
    assert {f"{name}={value}" for name, value in told.items()} <= set(result.out.splitlines())


def test_a_coding_tool_that_is_not_installed_is_told(running: Running) -> None:
    result = running.cli.process("cli_agent", "claude")

    assert 1 == result.code
    assert "error: claude is not installed" in result.err
