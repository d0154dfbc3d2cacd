"""The ways in which a gateway comes to reload, and streams that outlive all of them."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from extproc.ctl.gateway.record import Record
from extproc.testing.answers import Gate, openai_chat_stream
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.ctl import processes
from tests.ctl.cli import Cli

CONFIG = """\
version: v0.4.0
listeners: [{{name: llm, type: model, address: 127.0.0.1, port: {port}}}]
model_providers:
  - {{model: openai/gpt-4o, base_url: "{url}", access_key: $OPENAI_API_KEY, default: true}}
  - {{model: openai/gpt-4o-mini, base_url: "{url}", access_key: $OPENAI_API_KEY}}
  - {{model: mistral/tiny, base_url: "{url}", access_key: "file:key.txt"}}
model_aliases:
  fast: {{target: {fast}}}
"""


class Watching:
    """A gateway whose config lies as Kubernetes lays a ConfigMap: links to a folder that is replaced."""

    def __init__(self, folder: Path, port: int, upstream: Upstream) -> None:
        self.cli = Cli(folder, {"IN_THE_SHELL": "openai/gpt-4o-mini"})
        self.folder = folder
        self.port = port
        self.upstream = upstream
        self._version = 0
        (folder / "config.yaml").symlink_to("..data/config.yaml")
        self.swap("openai/gpt-4o")
        (folder / ".env").write_text("OPENAI_API_KEY=sk-1\n")
        (folder / "key.txt").write_text("sk-file-1")

    def swap(self, fast: str, more: str = "") -> None:
        """As kubelet does it (AtomicWriter): a new folder, and then one rename."""
        self._version += 1
        name = f"..version-{self._version}"
        (self.folder / name).mkdir()
        text = CONFIG.format(port=self.port, url=self.upstream.url, fast=fast)
        (self.folder / name / "config.yaml").write_text(text + more)
        (self.folder / "..data_tmp").symlink_to(name)
        (self.folder / "..data_tmp").replace(self.folder / "..data")

    def ask(self, model: str) -> Any:
        body = {"model": model, "messages": []}
        url = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        return httpx.post(url, json=body, trust_env=False, timeout=30.0).json()

    def generation(self) -> int:
        url = f"http://127.0.0.1:{self.port}/healthz"
        return int(httpx.get(url, trust_env=False, timeout=30.0).json()["config"]["generation"])

    def until_later_than(self, generation: int) -> None:
        processes.until(lambda: self.generation() > generation, f"a generation after {generation}")

    def key_of(self, model: str) -> str | None:
        """The key with which the provider of `model` is asked."""
        self.upstream.forget()
        self.ask(model)
        return self.upstream.only().header("authorization")


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watching]:
    claim = PortClaim()
    with ExitStack() as stack:
        stack.callback(claim.release)
        upstream = stack.enter_context(Upstream())
        gateway = Watching(tmp_path_factory.mktemp("watching"), claim.port, upstream)
        up = gateway.cli.process("up", "--workers", "1")
        stack.callback(gateway.cli.process, "down")
        assert 0 == up.code, up
        yield gateway
    assert {} == processes.of(gateway.cli.home)


def test_a_config_map_that_is_swapped_counts(watching: Watching) -> None:
    before = watching.generation()

    watching.swap("openai/gpt-4o-mini")
    watching.until_later_than(before)

    assert "gpt-4o-mini" == watching.ask("fast")["model"]


def test_a_key_in_the_env_beside_the_config_is_rotated(watching: Watching) -> None:
    before = watching.generation()

    (watching.folder / ".env").write_text("OPENAI_API_KEY=sk-2\n")
    watching.until_later_than(before)

    assert "Bearer sk-2" == watching.key_of("gpt-4o")


def test_a_key_in_a_file_of_its_own_is_rotated(watching: Watching) -> None:
    before = watching.generation()

    (watching.folder / "key.txt").write_text("sk-file-2")
    watching.until_later_than(before)

    assert "Bearer sk-file-2" == watching.key_of("mistral/tiny")


def test_a_config_is_rejected_until_its_secret_is_there(watching: Watching) -> None:
    """Nothing of the config itself changes then."""
    before = watching.generation()
    (watching.folder / "key.txt").unlink()
    processes.until(lambda: "key.txt" in watching.cli("status").out, "the rejection is told")

    (watching.folder / "key.txt").write_text("sk-file-3")
    watching.until_later_than(before)

    assert "Bearer sk-file-3" == watching.key_of("mistral/tiny")
    assert "rejected" not in watching.cli("status").out


def test_a_variable_of_the_shell_that_started_it_is_known_later(watching: Watching) -> None:
    before = watching.generation()

    watching.swap("openai/gpt-4o", "  shell: {target: $IN_THE_SHELL}\n")
    watching.until_later_than(before)

    assert "gpt-4o-mini" == watching.ask("shell")["model"]


def test_sighup_reloads(watching: Watching) -> None:
    before = watching.generation()
    record = Record.read(watching.cli.home / "run" / "gateway.json")
    assert record is not None

    os.kill(record.pid, signal.SIGHUP)

    watching.until_later_than(before)


def test_what_it_does_is_in_its_log(watching: Watching) -> None:
    said = (watching.cli.home / "run" / "logs" / "gateway.log").read_text()

    assert "generation 2 is in force: changed aliases" in said
    assert "the config is rejected, generation" in said


def test_a_stream_outlives_a_reload_and_ends_before_the_gateway_does(watching: Watching) -> None:
    """One that passes the worker all the while: its answer is translated."""
    gate, before = Gate(), watching.generation()
    watching.upstream.script(openai_chat_stream(["one", "two", "three"]).gated(gate))
    url = f"http://127.0.0.1:{watching.port}/v1/messages"
    body = {
        "model": "gpt-4o",
        "max_tokens": 9,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    with httpx.stream("POST", url, json=body, trust_env=False, timeout=30.0) as answer:
        pieces = answer.iter_raw()
        text = next(pieces)
        watching.swap("openai/gpt-4o-mini")
        watching.until_later_than(before)
        with watching.cli.start("down") as down:
            processes.until(lambda: _refuses(watching.port), "it takes no new connection")
            gate.open()
            text += b"".join(pieces)
            assert 0 == down.wait(30.0)

    assert [True] * 3 == [word in text for word in (b"one", b"three", b"message_stop")]


def _refuses(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    except httpx.HTTPError:
        return True
    return False
