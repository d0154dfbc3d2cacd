"""From a config to a run folder that the gateway process can serve."""

import json
import os

from extproc import __version__
from extproc.bootstrap.secrets import add_secrets
from extproc.config import source
from extproc.config.environment import DIRECTORY
from extproc.config.inputs import inputs
from extproc.ctl.gateway.leftovers import clear, make_socket_dir
from extproc.ctl.gateway.places import of_stores, render_options, write_private
from extproc.ctl.gateway.ports import free_port
from extproc.ctl.gateway.reading import Reading
from extproc.ctl.gateway.record import ListenerRecord, Record
from extproc.ctl.home import Home
from extproc.ctl.reloading.delivery import write_all
from extproc.ctl.reloading.trial import try_out
from extproc.serving.texts import noted

PROGRAMS = ("gateway", "state", "extproc", "envoy", "access")


def prepare(home: Home, reading: Reading, *, workers: int, verbose: bool, watch: bool = False) -> Record:
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
        watch=watch,
        inputs=tuple(map(str, inputs(reading.path.absolute(), reading.snapshot))),
        state_port=free_port(),
    )
    record.write(home.record)
    text = source.read(reading.path)
    write_private(home.config, text)
    noted(text, reading.path, reading.loaded, reading.environ).write(home.in_force)
    write_private(home.state_secrets, json.dumps(of_stores(reading.loaded, reading.environ)))
    options = render_options(home, record)
    rendered = try_out(reading.snapshot, reading.environ, options, home.resources, home.trial)
    add_secrets(rendered.secrets, home.secrets)
    write_all(rendered.resources, home.resources)
    write_private(home.bootstrap, json.dumps(rendered.fixed, indent=2))
    return record


def _begin_logs(home: Home) -> None:
    """Each start begins new logs; those of the one before are kept beside them."""
    home.logs.mkdir(mode=0o700, exist_ok=True)
    for program in PROGRAMS:
        log = home.logs / f"{program}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        write_private(log, "")


def environ_below(reading: Reading) -> dict[str, str]:
    """What the gateway process and its children get: no keys, but what else the config refers to.

    Their copy of the config stands beside no ``.env``, nor beside the files that it names.
    """
    loaded = reading.loaded
    kept = {name: value for name, value in os.environ.items() if name not in loaded.secret_variables}
    needed = {name: reading.environ[name] for name in loaded.variables if name in reading.environ}
    return kept | needed | {DIRECTORY: str(reading.path.absolute().parent)}
