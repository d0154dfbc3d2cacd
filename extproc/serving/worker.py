"""One worker process: serves one Unix socket by the config in force, changes over when told to, drains on
SIGTERM."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec
import uvloop

from extproc.config.load import ConfigError
from extproc.config.snapshot import Snapshot
from extproc.limits import DRAIN_S
from extproc.serving.control import listen
from extproc.serving.current import Current
from extproc.serving.equipment import ports_of
from extproc.serving.generations import Generations
from extproc.serving.in_force import InForce
from extproc.serving.sockets import control_path
from extproc.serving.state import state_of
from extproc.serving.texts import load
from extproc.serving.transport import Transport, server_of

log = logging.getLogger("extproc.serving.worker")  # not __main__, which it is when it runs


async def serve(
    socket_path: str, current: Current, transport: Transport, *, drain_s: float = DRAIN_S
) -> None:
    """Serve on `socket_path` until SIGTERM or SIGINT, then drain for at most `drain_s` seconds."""
    server = server_of(transport, socket_path, current)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    log.info("serving on %s", socket_path)
    await stop.wait()
    log.info("draining")
    await server.drain(drain_s)


async def work(
    snapshot: Snapshot,
    error: str | None,
    socket: Path,
    outbound_socket: Path | None,
    state_socket: Path | None,
    transport: Transport,
) -> None:
    """Make ready what `snapshot` needs, then serve. `error`: why a later config was rejected."""
    async with state_of(snapshot, state_socket, socket.stem) as state:
        ports = ports_of(snapshot, outbound_socket, state, str(socket))
        generations = await Generations.begin(snapshot, ports, error)
        if state is not None:
            generations.on_change = state.go_by
        control = await listen(control_path(socket), generations.answer)
        try:
            await serve(str(socket), generations.current, transport)
        finally:
            control.close()
            await generations.close()


def main() -> int:
    """``python -m extproc.serving.worker …``; exit code 1 when it cannot serve."""
    parser = argparse.ArgumentParser(prog="plano-extproc-worker")
    parser.add_argument("--in-force", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--outbound-socket", type=Path)
    parser.add_argument("--state-socket", type=Path)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), default=Transport.HTTP2)
    arguments = parser.parse_args()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is the parent's to reload
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        in_force = InForce.read(arguments.in_force)
        snapshot = load(in_force).snapshot
    except (ConfigError, OSError, msgspec.DecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    os.umask(0o077)  # whoever can write to the socket decides where requests go
    socket: Path = arguments.socket.absolute()
    socket.unlink(missing_ok=True)  # left by a worker that was killed
    places = (socket, arguments.outbound_socket, arguments.state_socket)
    uvloop.run(work(snapshot, in_force.error, *places, arguments.transport))
    return 0


if __name__ == "__main__":
    sys.exit(main())
