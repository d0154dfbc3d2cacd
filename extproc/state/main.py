"""``plano-state``: the state service, as a process."""

import argparse
import asyncio
import json
import logging
import os
import signal
import socket as sockets
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
import uvloop

from extproc import __version__
from extproc.config.load import ConfigError, environment, loads
from extproc.config.secret import MissingSecretError
from extproc.config.snapshot import Snapshot
from extproc.config.source import read
from extproc.limits import STATE_DRAIN_S, UNIX_SOCKET_PATH_BYTES_MAX
from extproc.state.http import application
from extproc.state.ingest import Ingest
from extproc.state.server import Server
from extproc.state.store import StoreUnavailable
from extproc.state.stores.by_kind import StoresByKind
from extproc.state.stores.opening import open_stores

log = logging.getLogger("plano-state")


async def serve(snapshot: Snapshot, environ: Mapping[str, str], socket: Path, http_port: int | None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `StoreUnavailable` or `MissingSecretError` for a store that cannot be opened, `OSError` or
    `RuntimeError` where it cannot listen.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if len(bytes(socket)) > UNIX_SOCKET_PATH_BYTES_MAX:
        raise OSError(f"{socket}: a socket path may have {UNIX_SOCKET_PATH_BYTES_MAX} bytes")
    stores = await open_stores(snapshot, environ)
    try:
        ingest = Ingest(stores)
        server = Server(socket, stores, ingest)
        await server.start()
        try:
            async with _http(http_port, stores, ingest):
                log.info("serving on %s", socket)
                await stop.wait()
                log.info("draining")
        finally:
            await server.drain(STATE_DRAIN_S)
    finally:
        await stores.close()


@asynccontextmanager
async def _http(port: int | None, stores: StoresByKind, ingest: Ingest) -> AsyncIterator[None]:
    """The HTTP API on `port` of loopback, while the context lasts; ``None``: there is none."""
    if port is None:
        yield
        return
    app = application(stores, ingest)
    server = _HttpServer(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    with _bound(port) as bound:
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def _bound(port: int) -> sockets.socket:
    try:
        return sockets.create_server(("127.0.0.1", port))
    except OSError as error:
        raise OSError(f"cannot listen on 127.0.0.1, port {port}: {error.strerror}") from None


class _HttpServer(uvicorn.Server):
    """Signals are for the process as a whole."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def main() -> int:
    """``plano-state --config FILE --socket PATH``; exit code 1 when it cannot serve."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    os.umask(0o077)  # files and sockets are its owner's alone
    socket: Path = arguments.socket.absolute()
    try:
        environ = _environ(arguments.config, arguments.secrets)
        snapshot = _snapshot(arguments.config, environ, arguments.directory)
        uvloop.run(serve(snapshot, environ, socket, arguments.http))
    except (ConfigError, MissingSecretError, StoreUnavailable, OSError, RuntimeError) as error:
        print(f"plano-state: {error}", file=sys.stderr)
        return 1
    return 0


def _snapshot(config: Path, environ: Mapping[str, str], directory: Path | None) -> Snapshot:
    where = directory or config.parent
    text = read(config)
    return loads(text, environ, file=str(config), directory=where, require_secrets=False).snapshot


def _environ(config: Path, secrets: Path | None) -> Mapping[str, str]:
    """The environment over the ``.env`` beside the config, and over both what `secrets` says."""
    found = dict(environment(config))
    if secrets is not None:
        found |= json.loads(secrets.read_text(encoding="utf-8"))
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plano-state", description="Remembers conversations and collects what happened to requests."
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="Plano config (YAML)")
    parser.add_argument("--socket", type=Path, required=True, metavar="PATH", help="Unix socket to serve on")
    parser.add_argument(
        "--http", type=int, metavar="PORT", help="serve the HTTP API on this port of loopback"
    )
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIR",
        help="where relative paths in the config begin (default: its own)",
    )
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="JSON object of variables that the config refers to"
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
