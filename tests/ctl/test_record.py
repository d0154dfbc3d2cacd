"""What is written down of a gateway."""

from pathlib import Path

import msgspec
import pytest

from extproc.ctl.gateway.record import ChildRecord, ListenerRecord, Record, children
from extproc.supervise.child import ChildState, ChildStatus
from extproc.supervise.supervisor import write_states

LISTENER = ListenerRecord("llm", "model", "127.0.0.1", 12000, tls=False, client_certificate=False)
RECORD = Record("1.0", "/etc/plano.yaml", (LISTENER,), 9901, "/run/sockets", 2)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "gateway.json")

    assert RECORD == Record.read(tmp_path / "gateway.json")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 3}'])
def test_what_cannot_be_understood_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gateway.json"
    file.write_text(text)

    assert Record.read(file) is None


@pytest.mark.parametrize(
    ("address", "tls", "expected"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:12000"),
        ("0.0.0.0", True, "https://127.0.0.1:12000"),
        ("::", False, "http://[::1]:12000"),
        ("10.1.2.3", False, "http://10.1.2.3:12000"),
    ],
)
def test_a_listeners_url_is_one_that_this_machine_reaches(address: str, tls: bool, expected: str) -> None:
    assert expected == msgspec.structs.replace(LISTENER, address=address, tls=tls).url


def test_the_states_that_a_supervisor_writes_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "children.json"
    write_states(file, [ChildState("envoy", ChildStatus.RUNNING, 7, 1, 5.0, "exit code 1")])

    assert (ChildRecord("envoy", "running", 7, 1, 5.0, "exit code 1"),) == children(file)


def test_there_are_no_states_without_a_file(tmp_path: Path) -> None:
    assert () == children(tmp_path / "none.json")
