"""``plano-extproc``: N worker processes, each on a Unix socket of its own, kept running by a supervisor.

One socket a worker rather than a shared one: Envoy then balances and health-checks them as endpoints of one
cluster, and the loss of one is seen as that.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from extproc import __version__
from extproc.config.load import ConfigError, load
from extproc.limits import DRAIN_S, UNIX_SOCKET_PATH_BYTES_MAX, WORKERS_MAX
from extproc.serving.sockets import OUTBOUND_SOCKET, WORKERS_FILE, socket_paths
from extproc.serving.transport import Transport
from extproc.supervise.child import Child, Event
from extproc.supervise.supervisor import Supervisor

log = logging.getLogger("plano-extproc")

_TO_EXIT_S = 5.0
"""What a worker that has drained to its own deadline gets to exit by itself."""


def workers(
    config: Path, sockets: tuple[Path, ...], outbound: Path, state: Path | None, transport: Transport
) -> tuple[Child, ...]:
    """The worker processes, one a socket."""
    remembering = ("--state-socket", str(state)) if state else ()
    return tuple(
        Child(
            name=socket.stem,
            argv=(
                sys.executable,
                "-P",  # a folder called extproc where we were started is not ours
                "-m",
                "extproc.serving.worker",
                "--config",
                str(config),
                "--socket",
                str(socket),
                "--outbound-socket",
                str(outbound),
                *remembering,
                "--transport",
                transport,
            ),
            drain_s=DRAIN_S + _TO_EXIT_S,
        )
        for socket in sockets
    )


def main() -> int:
    """Run until SIGTERM or SIGINT; exit code 1 when the config or a socket path is no good."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sockets = socket_paths(arguments.socket_dir, arguments.workers)
    outbound = arguments.outbound_socket or arguments.socket_dir / OUTBOUND_SOCKET
    if problem := _problem(arguments.config, (*sockets, outbound)):
        print(f"plano-extproc: {problem}", file=sys.stderr)
        return 1
    arguments.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    supervisor = Supervisor(
        workers(arguments.config, sockets, outbound, arguments.state_socket, arguments.transport),
        _log_event,
        state_file=arguments.socket_dir / WORKERS_FILE,
        stop_together=True,
    )
    return asyncio.run(supervisor.run())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plano-extproc", description="Envoy external processor: routes requests to models and agents."
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="Plano config (YAML)")
    parser.add_argument(
        "--socket-dir", type=Path, required=True, metavar="DIR", help="where the workers' Unix sockets go"
    )
    parser.add_argument(
        "--outbound-socket",
        type=Path,
        metavar="FILE",
        help=f"Envoy's listener for calls to router models and agents (default DIR/{OUTBOUND_SOCKET})",
    )
    parser.add_argument(
        "--state-socket",
        type=Path,
        metavar="FILE",
        help="plano-state's socket: workers share what they remember, and tell it of exchanges",
    )
    parser.add_argument("--workers", type=_count, default=1, metavar="N", help="worker processes (default 1)")
    parser.add_argument(
        "--transport",
        type=Transport,
        choices=list(Transport),
        default=Transport.HTTP2,
        help="gRPC by our own lean HTTP/2 server, or by the reference implementation (default %(default)s)",
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= WORKERS_MAX:
        raise argparse.ArgumentTypeError(f"must be 1 to {WORKERS_MAX}")
    return number


def _problem(config: Path, sockets: tuple[Path, ...]) -> str | None:
    """Why the workers could not serve, told once here rather than by each of them again and again."""
    longest = max(len(bytes(socket.absolute())) for socket in sockets)
    if longest > UNIX_SOCKET_PATH_BYTES_MAX:
        return (
            f"a socket path may have {UNIX_SOCKET_PATH_BYTES_MAX} bytes, one has {longest}: see --socket-dir"
        )
    try:
        load(config, require_secrets=False)
    except ConfigError as error:
        return str(error)
    return None


def _log_event(event: Event) -> None:
    log.info("%s", event)


if __name__ == "__main__":
    sys.exit(main())
