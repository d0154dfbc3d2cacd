"""Starts that fail, crashes, and ends: each test has a gateway of its own."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from extproc.ctl.gateway.record import Record
from extproc.testing.answers import Gate, openai_chat_stream
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.ctl import processes
from tests.ctl.cli import Cli, config

KEYS = {"OPENAI_API_KEY": "sk-test"}


@pytest.fixture
def keyed(cli: Cli) -> Any:
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


def pid_of(cli: Cli, name: str) -> int:
    """The process id of a program of the gateway."""
    return int(next(child["pid"] for child in status(cli)["processes"] if child["name"] == name))


class TestStartsThatFail:
    def test_a_missing_key_is_named(self, cli: Cli, port: int) -> None:
        cli.write("config.yaml", config(port))

        result = cli.process("up")

        assert 1 == result.code
        assert "environment variable OPENAI_API_KEY is not set" in result.err

    def test_no_config_and_no_key_is_said_plainly(self, cli: Cli) -> None:
        result = cli.process("up")

        assert 1 == result.code
        assert (
            "error: there is no config file, and no API key in the environment (OPENAI_API_KEY" in result.err
        )
        assert "hint: set one, or write a config: planoctl init" in result.err

    def test_a_config_that_is_not_there(self, cli: Cli) -> None:
        assert "error: none.yaml does not exist\nhint: planoctl init" in cli("up", "none.yaml").err

    def test_a_port_option_beside_a_config(self, cli: Cli, port: int) -> None:
        cli.write("config.yaml", config(port))

        assert "--listener-port is for running without a config" in cli("up", "--listener-port", "1234").err

    def test_a_missing_envoy_comes_with_a_hint(self, keyed: Cli, port: int) -> None:
        keyed.write("config.yaml", config(port))

        result = keyed.with_environ(PLANO_ENVOY="/no/such/envoy").process("up")

        assert 1 == result.code
        assert "envoy" in result.err.splitlines()[0]

    def test_an_envoy_that_keeps_ending_is_told_with_its_words_and_nothing_stays(
        self, keyed: Cli, port: int
    ) -> None:
        broken = keyed.write("envoy", BROKEN_ENVOY)
        broken.chmod(0o755)
        keyed.write("config.yaml", config(port))

        result = keyed.with_environ(PLANO_ENVOY=str(broken)).process("up")

        assert 1 == result.code
        assert "error: the gateway did not start: envoy keeps ending (exit code 3)" in result.err
        assert "│ cannot bind to the moon" in result.err
        assert {} == processes.of(keyed.home)
        assert {"lock", "logs"} == {path.name for path in (keyed.home / "run").iterdir()}

    def test_a_config_that_envoy_rejects_is_told_with_its_words(self, keyed: Cli, port: int) -> None:
        broken = keyed.write("envoy", "#!/bin/sh\necho 'error initializing config: no moon' >&2\nexit 1\n")
        broken.chmod(0o755)
        keyed.write("config.yaml", config(port))

        result = keyed.with_environ(PLANO_ENVOY=str(broken)).process("up")

        assert 1 == result.code
        assert "Envoy does not accept" in result.err
        assert "no moon" in result.err


TLS = """\
version: v0.4.0
listeners:
  - name: open
    type: model
    address: 127.0.0.1
    port: {first}
    tls: {{cert: cert.pem, key: key.pem}}
  - name: mutual
    type: model
    address: 127.0.0.1
    port: {second}
    tls: {{cert: cert.pem, key: key.pem, client_ca: ca.pem}}
model_providers:
  - model: openai/gpt-4o
    access_key: $OPENAI_API_KEY
"""

BROKEN_ENVOY = """\
#!/bin/sh
case "$*" in *validate*) exit 0;; esac
echo "cannot bind to the moon" >&2
exit 3
"""


class TestConfigs:
    def test_one_is_made_from_the_keys_in_the_environment(self, keyed: Cli, port: int) -> None:
        result = keyed.process("up", "--listener-port", str(port))

        models = httpx.get(f"http://127.0.0.1:{port}/v1/models", trust_env=False).json()["data"]
        assert "using one made from OPENAI_API_KEY" in result.err
        assert {"OpenAI"} == {model["owned_by"] for model in models}

    def test_the_one_in_force_is_the_one_it_was_started_with(self, keyed: Cli, port: int) -> None:
        """A worker that is started again must not read what somebody has begun to edit."""
        file = keyed.write("config.yaml", config(port))
        keyed.write(".env", "PROVIDER_URL=http://127.0.0.1:9\n")
        file.write_text(config(port, extra=["    base_url: $PROVIDER_URL"]))
        keyed.process("up", "--workers", "1")
        file.write_text("half a config: [")
        worker = next(pid for pid, command in processes.of(keyed.home).items() if "worker" in command)

        os.kill(worker, signal.SIGKILL)

        processes.until(lambda: worker not in processes.of(keyed.home), "the worker is gone")
        processes.until(lambda: status(keyed)["serving"], "another worker serves")

    def test_a_home_too_deep_for_unix_sockets_gets_short_ones(self, tmp_path: Path, port: int) -> None:
        folder = tmp_path / ("a-long-name-" * 8)
        folder.mkdir()
        temporary = tmp_path / "t"
        temporary.mkdir()
        cli = Cli(folder, KEYS | {"TMPDIR": str(temporary)})
        cli.write("config.yaml", config(port))

        up = cli.process("up", "--workers", "1")
        while_it_runs = [path.name[:6] for path in temporary.iterdir()]
        down = cli.process("down")

        assert (0, 0) == (up.code, down.code), up
        assert (["plano-"], []) == (while_it_runs, list(temporary.iterdir()))

    def test_listeners_with_tls_are_waited_for_too(self, keyed: Cli, port: int) -> None:
        """One that asks for a client certificate cannot be asked for its health: that it listens must do."""
        authority = trustme.CA()
        certificate = authority.issue_cert("gateway.example")
        certificate.cert_chain_pems[0].write_to_path(keyed.folder / "cert.pem")
        certificate.private_key_pem.write_to_path(keyed.folder / "key.pem")
        authority.cert_pem.write_to_path(keyed.folder / "ca.pem")
        second = PortClaim()
        keyed.write("config.yaml", TLS.format(first=port, second=second.port))

        up = keyed.process("up", "--workers", "1")
        listeners = status(keyed)["listeners"]
        second.release()

        assert 0 == up.code, up
        assert [(f"https://127.0.0.1:{port}", 200), (f"https://127.0.0.1:{second.port}", None)] == [
            (listener["url"], listener["status"]) for listener in listeners
        ]
        assert [True, True] == [listener["serving"] for listener in listeners]


class TestCrashes:
    def test_envoy_comes_back_and_status_says_so(self, keyed: Cli, port: int) -> None:
        keyed.write("config.yaml", config(port))
        keyed.process("up", "--workers", "1")

        os.kill(pid_of(keyed, "envoy"), signal.SIGKILL)

        processes.until(lambda: status(keyed)["serving"], "it serves again")
        envoy = next(one for one in status(keyed)["processes"] if one["name"] == "envoy")
        assert ("envoy", 1, "signal SIGKILL") == (envoy["name"], envoy["restarts"], envoy["last_exit"])

    def test_a_gateway_process_that_is_killed_takes_everything_with_it_and_can_be_started_again(
        self, keyed: Cli, port: int
    ) -> None:
        keyed.write("config.yaml", config(port))
        keyed.process("up", "--workers", "2")

        os.kill(status(keyed)["pid"], signal.SIGKILL)

        processes.until(lambda: processes.of(keyed.home) == {}, "nothing is left")
        # A dying process loses its command line a little before its files, and with them the lock.
        processes.until(lambda: status(keyed) == {"running": False, "serving": False}, "status sees it")
        down = keyed("down")
        assert (0, True) == (down.code, "left behind" in down.out)
        assert not (keyed.home / "run" / "secrets").exists()
        assert 0 == keyed.process("up", "--workers", "1").code

    def test_a_record_of_a_dead_gateway_whose_process_id_lives_again_is_not_believed(self, cli: Cli) -> None:
        """The id is ours here: `down` must not end this test."""
        record = Record("1.0", "/c.yaml", (), 9901, str(cli.home / "run" / "sockets"), 1, pid=os.getpid())
        (cli.home / "run").mkdir(parents=True)
        record.write(cli.home / "run" / "gateway.json")

        result = cli("down")

        assert (0, True) == (result.code, "no gateway is running" in result.out)


class TestEnds:
    def test_down_lets_an_answer_in_flight_end(self, keyed: Cli, port: int) -> None:
        gate = Gate()
        with Upstream() as upstream:
            upstream.script(openai_chat_stream(["one", "two", "three"]).gated(gate))
            keyed.write("config.yaml", config(port, extra=[f"    base_url: {upstream.url}"]))
            keyed.process("up", "--workers", "1")
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            body = {"model": "openai/gpt-4o", "stream": True, "messages": []}
            with httpx.stream("POST", url, json=body, trust_env=False, timeout=30.0) as answer:
                pieces = answer.iter_raw()
                text = next(pieces)
                down = keyed.start("down")
                processes.until(lambda: _refuses(port), "it takes no new connection")
                gate.open()
                text += b"".join(pieces)
            assert down.wait(30.0) == 0
            assert down.stdout is not None
            down.stdout.close()

        assert b"three" in text
        assert text.rstrip().endswith(b"data: [DONE]")

    def test_down_twice_is_no_error(self, keyed: Cli, port: int) -> None:
        keyed.write("config.yaml", config(port))
        keyed.process("up", "--workers", "1")

        first, second = keyed.process("down"), keyed.process("down")

        assert (0, 0) == (first.code, second.code)
        assert first.out.startswith("stopped (pid ")
        assert "no gateway is running\n" == second.out

    def test_in_the_foreground_an_interrupt_ends_everything(self, keyed: Cli, port: int) -> None:
        keyed.write("config.yaml", config(port))
        with keyed.start("up", "--foreground", "--workers", "1") as staying:
            assert staying.stdout is not None
            next(line for line in staying.stdout if "the gateway serves" in line)
            healthy = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code
            processes.until(lambda: status(keyed)["serving"], "status sees it, too")
            threading.Thread(target=staying.stdout.read, daemon=True).start()
            staying.send_signal(signal.SIGINT)
            code = staying.wait(30.0)

        assert (200, 0) == (healthy, code)
        assert {} == processes.of(keyed.home)


def _refuses(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    except httpx.HTTPError:
        return True
    return False
