"""What a gateway leaves in its run folder, and taking it away."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from extproc.ctl.gateway.record import Record
from extproc.ctl.home import Home
from extproc.limits import UNIX_SOCKET_PATH_BYTES_MAX
from extproc.serving.sockets import socket_paths

SHORT_PREFIX = "plano-"


def make_socket_dir(home: Home, workers: int) -> Path:
    """In the run folder, or a short one under the system's temporary folder where paths would not fit."""
    longest = max(len(bytes(path)) for path in socket_paths(home.sockets, workers))
    if longest > UNIX_SOCKET_PATH_BYTES_MAX:
        return Path(tempfile.mkdtemp(prefix=SHORT_PREFIX))
    home.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home.sockets


def clear(home: Home) -> None:
    """Removes keys, sockets and the records of what ran; the logs stay. Nothing of it may be running."""
    record = Record.read(home.record)
    if record is not None:
        _remove_socket_dir(home, Path(record.socket_dir))
    shutil.rmtree(home.sockets, ignore_errors=True)
    shutil.rmtree(home.secrets, ignore_errors=True)
    for file in (home.bootstrap, home.config, home.state_secrets, home.children, home.record):
        file.unlink(missing_ok=True)


def _remove_socket_dir(home: Home, directory: Path) -> None:
    """A record that was tampered with must not make us delete anything but a folder of our own making."""
    if directory == home.sockets or not directory.name.startswith(SHORT_PREFIX):
        return
    for socket in directory.glob("*"):
        with suppress(OSError):
            socket.unlink()
    with suppress(OSError):
        directory.rmdir()
