"""From a config to a run folder that the gateway process can serve."""

import json
import os
from pathlib import Path

from extproc import __version__
from extproc.bootstrap.envoy import validate
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.config.environment import DIRECTORY
from extproc.ctl.gateway.leftovers import clear, make_socket_dir
from extproc.ctl.gateway.ports import free_port
from extproc.ctl.gateway.reading import Reading
from extproc.ctl.gateway.record import ListenerRecord, Record
from extproc.ctl.home import Home
from extproc.serving.sockets import OUTBOUND_SOCKET, STATE_SOCKET, socket_paths

PROGRAMS = ("gateway", "state", "extproc", "envoy", "access")


def prepare(home: Home, reading: Reading, *, workers: int, verbose: bool) -> Record:
    """Fills the run folder (0700, it holds keys) and asks Envoy whether it accepts what was rendered.

    The caller holds the home's lock. Raises `BootstrapRejectedError`; what was written is then still there.
    """
    clear(home)
    home.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.run.chmod(0o700)
    _begin_logs(home)
    record = Record(
        version=__version__,
        config=str(reading.path.absolute()),
        listeners=tuple(map(ListenerRecord.of, reading.served)),
        admin_port=free_port(),
        socket_dir=str(make_socket_dir(home, workers)),
        workers=workers,
        verbose=verbose,
        state_port=free_port(),
    )
    record.write(home.record)
    _private(home.config, reading.path.read_text(encoding="utf-8"))
    write_secrets(reading.snapshot, home.secrets, reading.environ)
    _private(home.state_secrets, json.dumps(_of_stores(reading)))
    options = RenderOptions(
        extproc_sockets=tuple(map(str, socket_paths(Path(record.socket_dir), workers))),
        secrets_dir=str(home.secrets),
        admin_port=record.admin_port,
        access_log_path=str(home.access_log),
        outbound_socket=str(Path(record.socket_dir) / OUTBOUND_SOCKET),
        state_socket=str(Path(record.socket_dir) / STATE_SOCKET),
    )
    _private(home.bootstrap, json.dumps(render(reading.snapshot, options), indent=2))
    validate(home.bootstrap)
    return record


def _of_stores(reading: Reading) -> dict[str, str]:
    """The variables that plano-state needs, and nobody else: it alone gets them."""
    names = reading.loaded.store_variables
    return {name: reading.environ[name] for name in sorted(names) if name in reading.environ}


def _begin_logs(home: Home) -> None:
    """Each start begins new logs; those of the one before are kept beside them."""
    home.logs.mkdir(mode=0o700, exist_ok=True)
    for program in PROGRAMS:
        log = home.logs / f"{program}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        _private(log, "")


def _private(path: Path, text: str) -> None:
    """A file that only its owner reads, whatever the umask and whatever was there."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def environ_below(reading: Reading) -> dict[str, str]:
    """What the gateway process and its children get: no keys, but what else the config refers to.

    Their copy of the config stands beside no ``.env``, nor beside the files that it names.
    """
    loaded = reading.loaded
    kept = {name: value for name, value in os.environ.items() if name not in loaded.secret_variables}
    needed = {name: reading.environ[name] for name in loaded.variables if name in reading.environ}
    return kept | needed | {DIRECTORY: str(reading.path.absolute().parent)}
