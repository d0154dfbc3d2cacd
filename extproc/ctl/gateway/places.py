"""Where the parts of a running gateway have their files, and how they are written."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from extproc.bootstrap.options import RenderOptions
from extproc.config.load import Loaded
from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.serving.sockets import OUTBOUND_SOCKET, STATE_SOCKET, socket_paths


def render_options(home: Home, record: Record) -> RenderOptions:
    """What Envoy's configuration needs to know of this installation."""
    sockets = Path(record.socket_dir)
    return RenderOptions(
        extproc_sockets=tuple(map(str, socket_paths(sockets, record.workers))),
        secrets_dir=str(home.secrets),
        admin_port=record.admin_port,
        access_log_path=str(home.access_log),
        outbound_socket=str(sockets / OUTBOUND_SOCKET),
        state_socket=str(sockets / STATE_SOCKET),
    )


def of_stores(loaded: Loaded, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that plano-state needs, and nobody else: it alone gets them."""
    return {name: environ[name] for name in sorted(loaded.store_variables) if name in environ}


def write_private(path: Path, text: str) -> None:
    """A file that only its owner reads, whatever the umask and whatever was there; replaced at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
