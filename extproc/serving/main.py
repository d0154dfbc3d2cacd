"""``plano-extproc``: N worker processes, each on a Unix socket of its own, kept running by a supervisor.

One socket a worker rather than a shared one: Envoy then balances and health-checks them as endpoints of one
cluster, and the loss of one is seen as that.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from extproc import __version__
from extproc.limits import DRAIN_S, UNIX_SOCKET_PATH_BYTES_MAX, WORKERS_MAX
from extproc.serving.sockets import IN_FORCE_FILE, OUTBOUND_SOCKET, WORKERS_FILE, socket_paths
from extproc.serving.transport import Transport
from extproc.supervise.child import Child, Event
from extproc.supervise.supervisor import Supervisor

log = logging.getLogger("plano-extproc")

_TO_EXIT_S = 5.0
"""What a worker that has drained to its own deadline gets to exit by itself."""


def workers(
    in_force: Path, sockets: tuple[Path, ...], outbound: Path, state: Path | None, transport: Transport
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
                "--in-force",
                str(in_force),
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
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it can be obeyed
    directory: Path = arguments.socket_dir
    sockets = socket_paths(directory, arguments.workers)
    outbound = arguments.outbound_socket or directory / OUTBOUND_SOCKET
    if problem := _too_long((*sockets, outbound)):
        return _refused(problem)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    in_force: Path = arguments.in_force or directory / IN_FORCE_FILE
    if arguments.config and (problem := _begin(arguments.config, in_force)):
        return _refused(problem)
    supervisor = Supervisor(
        workers(in_force, sockets, outbound, arguments.state_socket, arguments.transport),
        _log_event,
        state_file=directory / WORKERS_FILE,
        stop_together=True,
    )
    return asyncio.run(_run(supervisor, arguments.config, in_force, sockets))


async def _run(supervisor: Supervisor, config: Path | None, in_force: Path, sockets: tuple[Path, ...]) -> int:
    """SIGHUP reloads, unless somebody else writes what is in force."""
    if config is None:
        return await supervisor.run()
    from extproc.serving.reloading import Reloading  # noqa: PLC0415  as in `_begin`

    reloading = Reloading(config, in_force, sockets)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloading.ask)
    async with reloading:
        return await supervisor.run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plano-extproc",
        description="Envoy external processor: routes requests to models and agents. "
        "SIGHUP has it read the config again.",
    )
    config = parser.add_mutually_exclusive_group(required=True)
    config.add_argument("--config", type=Path, metavar="FILE", help="Plano config (YAML)")
    # planoctl's: it reloads by itself, and Envoy with us.
    config.add_argument("--in-force", type=Path, help=argparse.SUPPRESS)
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


def _too_long(sockets: tuple[Path, ...]) -> str | None:
    longest = max(len(bytes(socket.absolute())) for socket in sockets)
    if longest <= UNIX_SOCKET_PATH_BYTES_MAX:
        return None
    return f"a socket path may have {UNIX_SOCKET_PATH_BYTES_MAX} bytes, one has {longest}: see --socket-dir"


def _begin(config: Path, in_force: Path) -> str | None:
    """Put `config` in force for workers that start; or why not, told once rather than by each of them.

    Who is given what is in force does without all that reading a config needs, and is back sooner if killed.
    """
    from extproc.config.load import ConfigError  # noqa: PLC0415  see above
    from extproc.serving.reloading import read_config  # noqa: PLC0415

    os.umask(0o077)
    try:
        new, _ = read_config(config, 1)
        new.write(in_force)
    except (ConfigError, OSError) as error:
        return str(error)
    return None


def _refused(problem: str) -> int:
    print(f"plano-extproc: {problem}", file=sys.stderr)
    return 1


def _log_event(event: Event) -> None:
    log.info("%s", event)


if __name__ == "__main__":
    sys.exit(main())
