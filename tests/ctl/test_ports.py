"""Ports in use and free ones."""

import os
import socket

from extproc.ctl.gateway.ports import free_port, listener_process, trouble


def test_a_port_on_which_somebody_listens_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert "Address already in use" == trouble("127.0.0.1", server.getsockname()[1])


def test_a_port_that_could_be_shared_is_trouble_too() -> None:
    """Envoy listens with SO_REUSEPORT: a second gateway would take half of the first one's connections."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()

        assert trouble("127.0.0.1", server.getsockname()[1]) is not None


def test_a_free_port_is_none() -> None:
    assert trouble("127.0.0.1", free_port()) is None


def test_an_address_that_is_not_ours_is_trouble() -> None:
    assert trouble("192.0.2.1", 20_000) is not None


def test_it_is_said_who_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        holder = listener_process(server.getsockname()[1])

    assert holder is not None
    assert f"(pid {os.getpid()})" in holder


def test_nobody_listens_on_a_free_port() -> None:
    assert listener_process(free_port()) is None
