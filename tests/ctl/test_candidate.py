"""Reading a config that may come into force: in which environment, and what it depends on."""

from dataclasses import replace
from pathlib import Path

import pytest

from extproc.config.secret import SecretRef
from extproc.ctl.gateway.record import ListenerRecord
from extproc.ctl.reloading.candidate import Origin, Rejected, cannot_listen
from extproc.ctl.reloading.told import in_words
from extproc.testing.builders import a_listener
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream

CONFIG = """\
version: v0.4.0
listeners: [{name: llm, type: model, port: $PORT, address: 127.0.0.1}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return path


def key_and_port(origin: Origin) -> tuple[str, int]:
    """What the config says in the environment that it is read in."""
    _, loaded, environ = origin.read(1)
    ref = loaded.snapshot.providers[0].upstream.credential
    assert isinstance(ref, SecretRef)
    return ref.resolve(environ), loaded.snapshot.listeners[0].port


def test_the_shell_that_asks_wins_over_the_one_that_started_it_and_that_over_the_env_file(
    config: Path,
) -> None:
    (config.parent / ".env").write_text("KEY=file\nPORT=1\n")
    origin = Origin(config, {})
    of_the_file = key_and_port(origin)
    origin = Origin(config, {"KEY": "start"})
    of_the_start = key_and_port(origin)
    origin.listen_to({"KEY": "asks"})

    assert [("file", 1), ("start", 1), ("asks", 1)] == [of_the_file, of_the_start, key_and_port(origin)]


def test_what_a_shell_has_said_is_not_forgotten(config: Path) -> None:
    """The next change of the file is read without it."""
    origin = Origin(config, {"PORT": "1"})
    origin.listen_to({"KEY": "asked"})
    origin.listen_to({})

    assert ("asked", 1) == key_and_port(origin)


def test_every_problem_is_told(config: Path) -> None:
    with pytest.raises(Rejected) as caught:
        Origin(config, {"PORT": "no number"}).read(1)

    assert 1 <= len(caught.value.problems)
    assert {True} == {str(config) in problem for problem in caught.value.problems}


def test_a_secret_that_is_missing_is_watched_for(config: Path) -> None:
    config.write_text(CONFIG.replace("$KEY", "file:key.txt"))
    origin = Origin(config, {"PORT": "1"})

    with pytest.raises(Rejected, match=r"key\.txt"):
        origin.read(1)

    assert (config, config.parent / ".env", config.parent / "key.txt") == origin.files


def test_a_port_that_somebody_else_has_is_told_before_envoy_is_asked() -> None:
    with Upstream() as somebody:
        listener = a_listener("new", port=somebody.port)

        (problem,) = cannot_listen([listener], ())

    assert f"cannot listen on 127.0.0.1, port {somebody.port} (new): " in problem


def test_our_own_ports_are_ours_on_whatever_address() -> None:
    with Upstream() as we:
        listener = a_listener("old", port=we.port)
        wider = replace(listener, address="0.0.0.0")

        assert [] == cannot_listen([wider], (ListenerRecord.of(listener),))


def test_a_port_that_is_free_is_fine() -> None:
    claim = PortClaim()

    assert [] == cannot_listen([a_listener("new", port=claim.port)], ())
    claim.release()


def test_variables_that_are_no_text_are_not_told() -> None:
    """A config could not refer to them, and JSON cannot hold them."""
    assert {"A": "ü"} == in_words({"A": "ü", "B": "\udcff"})
