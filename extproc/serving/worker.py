"""One worker process: loads the config, serves one Unix socket, drains on SIGTERM."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop

from extproc.config.load import ConfigError, load
from extproc.config.snapshot import Snapshot
from extproc.exchange.rules import Rules
from extproc.limits import DRAIN_S
from extproc.prices.refresh import kept_fresh
from extproc.serving.equipment import ports_of, rules_of
from extproc.serving.state import state_of
from extproc.serving.transport import Transport, server_of

log = logging.getLogger("extproc.serving.worker")  # not __main__, which it is when it runs


async def serve(socket_path: str, rules: Rules, transport: Transport, *, drain_s: float = DRAIN_S) -> None:
    """Serve on `socket_path` until SIGTERM or SIGINT, then drain for at most `drain_s` seconds."""
    server = server_of(transport, socket_path, rules)
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
    socket: Path,
    outbound_socket: Path | None,
    state_socket: Path | None,
    transport: Transport,
) -> None:
    """Make ready what `snapshot` needs, then serve."""
    async with state_of(snapshot, state_socket, socket.stem) as state:
        rules = await rules_of(snapshot, ports_of(snapshot, outbound_socket, state, str(socket)))
        async with kept_fresh(rules.prices, snapshot.metrics_sources, snapshot.preferences):
            await serve(str(socket), rules, transport)


def main() -> int:
    """``python -m extproc.serving.worker --config FILE --socket PATH``; exit code 1 when it cannot serve."""
    parser = argparse.ArgumentParser(prog="plano-extproc-worker")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--outbound-socket", type=Path)
    parser.add_argument("--state-socket", type=Path)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), default=Transport.HTTP2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        snapshot = load(arguments.config, require_secrets=False).snapshot
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    os.umask(0o077)  # whoever can write to the socket decides where requests go
    socket: Path = arguments.socket.absolute()
    socket.unlink(missing_ok=True)  # left by a worker that was killed
    places = (socket, arguments.outbound_socket, arguments.state_socket)
    uvloop.run(work(snapshot, *places, arguments.transport))
    return 0


if __name__ == "__main__":
    sys.exit(main())
