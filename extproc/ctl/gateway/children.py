"""The three programs of a gateway, as its supervisor is told of them."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from extproc.bootstrap.envoy import find_envoy
from extproc.ctl.gateway.drain import drain_envoy
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.limits import DRAIN_S, STATE_DRAIN_S
from extproc.serving.sockets import OUTBOUND_SOCKET, STATE_SOCKET, socket_paths
from extproc.supervise.child import Child

EXTPROC_STOP_S = DRAIN_S + 10.0
"""Its workers have `DRAIN_S` each; it must not be killed while it waits for them."""

STATE_STOP_S = STATE_DRAIN_S + 5.0
"""It writes down what it has heard."""

ACCESS_LOG_FLUSH_MS = 200
"""Envoy's default of ten seconds makes ``logs --follow`` look dead."""

POLL_S = 0.02


def children(home: Home, record: Record, env: Mapping[str, str]) -> tuple[Child, ...]:
    """In the order of their start: Envoy needs the workers, and they would like to find plano-state there."""
    return state(home, record, env), extproc(home, record, env), envoy(home, record, env)


def state(home: Home, record: Record, env: Mapping[str, str]) -> Child:
    """What remembers for the workers and collects what happens."""
    socket = Path(record.socket_dir) / STATE_SOCKET
    program = (sys.executable, "-P", "-m", "extproc.state.main")
    # The config in force is a copy: paths in it begin where its original is.
    config = ("--config", str(home.config), "--directory", str(Path(record.config).parent))
    places = ("--socket", str(socket), "--http", str(record.state_port), "--secrets", str(home.state_secrets))
    return Child(
        name="state",
        argv=(*program, *config, *places),
        env=env,
        log=home.logs / "state.log",
        drain_s=STATE_STOP_S,
        ready=lambda: _exist((socket,)),
    )


def extproc(home: Home, record: Record, env: Mapping[str, str]) -> Child:
    """The external processor and its workers."""
    directory = Path(record.socket_dir)
    sockets = socket_paths(directory, record.workers)
    program = (sys.executable, "-P", "-m", "extproc.serving.main")
    places = ("--config", str(home.config), "--socket-dir", record.socket_dir)
    way_out = ("--outbound-socket", str(directory / OUTBOUND_SOCKET))
    memory = ("--state-socket", str(directory / STATE_SOCKET))
    return Child(
        name="extproc",
        argv=(*program, *places, *way_out, *memory, "--workers", str(record.workers)),
        env=env,
        log=home.logs / "extproc.log",
        drain_s=EXTPROC_STOP_S,
        ready=lambda: _exist(sockets),
    )


async def _exist(sockets: tuple[Path, ...]) -> None:
    # Another process makes them; a watch on the folder would need a library.
    while not all(socket.exists() for socket in sockets):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)


def envoy(home: Home, record: Record, env: Mapping[str, str]) -> Child:
    """Envoy, with as many threads as there are workers."""
    options = {
        "--config-path": str(home.bootstrap),
        "--concurrency": str(record.workers),
        "--log-level": "info" if record.verbose else "warning",
        "--file-flush-interval-msec": str(ACCESS_LOG_FLUSH_MS),
    }
    # Hot restart needs an id that no other Envoy of this machine has, and we do not use it.
    argv = (str(find_envoy()), "--disable-hot-restart", *(word for pair in options.items() for word in pair))
    return Child(
        name="envoy",
        argv=argv,
        env=env,
        log=home.logs / "envoy.log",
        drain_s=DRAIN_S,
        drain=lambda: drain_envoy(record.admin_port),
    )
