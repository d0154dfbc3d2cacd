"""The whole gateway for a test: real Envoy and plano-extproc on free loopback ports, for one config.

    with Gateway(CONFIG, {"OPENAI_API_KEY": "sk-test"}) as gateway:
        client = openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key="none")

The ports and addresses that the config gives its listeners are replaced by free ones on 127.0.0.1.
Leaving the ``with`` block ends every process; after a failure the logs stay and their last lines are printed.
"""

import contextlib
import dataclasses
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from extproc.bootstrap.envoy import find_envoy
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.config.load import loads
from extproc.config.snapshot import Listener, Snapshot
from extproc.serving.sockets import OUTBOUND_SOCKET, STATE_SOCKET
from extproc.testing.admin import Admin
from extproc.testing.ports import PortClaim
from extproc.testing.processes import descendants

START_S = 20.0
"""Longest wait for ``/healthz``; a start takes about a second on an idle machine."""
STOP_S = 10.0
"""Time a process has to end before it is killed."""
TERMINATE_EVERY_S = 0.1
POLL_S = 0.01
"""Interval of looking for what no event tells: a file, a port that answers."""
TAIL_LINES = 15
TRANSPORT_VARIABLE = "PLANO_TEST_TRANSPORT"
"""What ``--transport`` is where a test does not say; unset: the default."""


class GatewayFailedError(RuntimeError):
    """The gateway did not come up, or did not do in time what was waited for; has the logs' last lines."""


class Gateway:
    """Envoy and plano-extproc, up from entering to leaving."""

    def __init__(
        self,
        config: str,
        environ: Mapping[str, str] | None = None,
        *,
        workers: int = 1,
        envoy_arguments: Sequence[str] = (),
        start_extproc: bool = True,
        transport: str | None = None,
        state: bool = False,
    ) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="plano-"))
        self._environ = dict(environ or {})
        self._workers = workers
        self._envoy_arguments = envoy_arguments
        self._start_extproc = start_extproc
        self._transport = transport or os.environ.get(TRANSPORT_VARIABLE)
        self._claims: list[PortClaim] = []
        self._secrets = self.directory / "secrets"
        self._outbound = self.directory / OUTBOUND_SOCKET
        self._config = self.directory / "config.yaml"
        self._config.write_text(config, encoding="utf-8")
        self.snapshot = self._on_free_ports(loads(config, environ=self._environ).snapshot)
        self.admin = Admin(self._claim())
        self.envoy: subprocess.Popen[bytes] | None = None
        self.extproc: subprocess.Popen[bytes] | None = None
        self.state: subprocess.Popen[bytes] | None = None
        self.state_socket = self.directory / STATE_SOCKET if state else None

    @property
    def base_urls(self) -> Mapping[str, str]:
        """Address of each listener that is served by its name, without a path."""
        return {
            listener.name: f"{'https' if listener.tls else 'http'}://127.0.0.1:{listener.port}"
            for listener in self._served
        }

    @property
    def base_url(self) -> str:
        """Address of the first listener."""
        return next(iter(self.base_urls.values()))

    @property
    def port(self) -> int:
        """Port of the first listener."""
        return self._served[0].port

    @property
    def _served(self) -> Sequence[Listener]:
        return [listener for listener in self.snapshot.listeners if listener.served]

    @property
    def admin_url(self) -> str:
        """Address of Envoy's admin interface."""
        return self.admin.url

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Processes below ``plano-extproc``, or itself where it serves alone."""
        assert self.extproc is not None
        return descendants(self.extproc.pid) or (self.extproc.pid,)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None:
            shutil.rmtree(self.directory, ignore_errors=True)
            return
        shutil.rmtree(self._secrets, ignore_errors=True)
        sys.stderr.write(f"{self.tails()}\nthe whole logs are in {self.directory}\n")

    def start(self) -> None:
        """Start everything and return when ``/healthz`` is 200."""
        if self.state_socket:
            self.start_state()
        if self._start_extproc:
            self.start_extproc()
        bootstrap = self._write_bootstrap()
        if socket := self.state_socket:
            self.until(socket.exists, "plano-state listens")
        if self._start_extproc:
            self.until(self._sockets_exist, "every worker listens")
        self._start_envoy(bootstrap)
        wanted = 200 if self._start_extproc else 503
        self.until(lambda: self.health() == wanted, f"/healthz is {wanted}", START_S)

    def start_extproc(self) -> None:
        """Start ``plano-extproc``; it is ready when `health` says 200."""
        program = Path(sys.executable).with_name("plano-extproc")
        places = ("--config", self._config, "--socket-dir", self.directory)
        way_out = ("--outbound-socket", self._outbound)
        memory = ("--state-socket", self.state_socket) if self.state_socket else ()
        transport = ("--transport", self._transport) if self._transport else ()
        command = (program, *places, *way_out, *memory, "--workers", str(self._workers), *transport)
        # No key in its environment: only Envoy has them.
        self.extproc = self._spawn("extproc", command)

    def kill_extproc(self) -> None:
        """SIGKILL for ``plano-extproc`` and its workers."""
        assert self.extproc is not None
        _kill(self.extproc, descendants(self.extproc.pid))
        self.extproc = None

    def start_state(self) -> None:
        """Start ``plano-state``; it is ready when its socket is there."""
        assert self.state_socket is not None
        self.state_socket.unlink(missing_ok=True)
        program = (sys.executable, "-m", "extproc.state.main")
        self.state = self._spawn("state", (*program, "--config", self._config, "--socket", self.state_socket))

    def kill_state(self) -> None:
        """SIGKILL for ``plano-state``."""
        assert self.state is not None
        _kill(self.state, ())
        self.state = None

    def _start_envoy(self, bootstrap: Path) -> None:
        command = [str(find_envoy()), "--config-path", str(bootstrap), "--concurrency", "1"]
        command += ["--use-dynamic-base-id", "--file-flush-interval-msec", "20", "--log-level", "warning"]
        self.envoy = self._spawn("envoy", [*command, *self._envoy_arguments])

    def stop(self) -> None:
        """End every process; the files stay."""
        # Envoy first: then there is nothing that extproc would have to drain.
        for process in (self.envoy, self.extproc, self.state):
            if process is not None:
                _end(process)
        for claim in self._claims:
            claim.release()

    def health(self) -> int | None:
        """Status of ``/healthz``; ``None`` while nothing listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5.0)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def until(self, condition: Callable[[], bool], what: str, deadline_s: float = START_S) -> None:
        """Return as soon as `condition` holds.

        Raises `GatewayFailedError` at the deadline, or when a process ended that should run.
        """
        deadline = time.monotonic() + deadline_s
        while not condition():
            self._raise_if_dead(what)
            if time.monotonic() > deadline:
                raise GatewayFailedError(f"not in {deadline_s} s: {what}\n{self.tails()}")
            time.sleep(POLL_S)

    def access_log(self) -> list[dict[str, Any]]:
        """What Envoy has logged so far, one mapping a request."""
        path = self.directory / "access.log"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        complete = text[: text.rfind("\n") + 1]
        return [json.loads(line) for line in complete.splitlines()]

    def logged(self, match: Callable[[dict[str, Any]], bool], deadline_s: float = 5.0) -> dict[str, Any]:
        """The first log line that fits, as soon as it is there."""
        self.until(lambda: any(map(match, self.access_log())), "the access log has such a line", deadline_s)
        return next(filter(match, self.access_log()))

    def tails(self) -> str:
        """The last lines of each log, for people."""
        return "".join(self._tail(path) for path in sorted(self.directory.glob("*.log")))

    @staticmethod
    def _tail(path: Path) -> str:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"--- {path.name}", *lines, ""])

    def _on_free_ports(self, snapshot: Snapshot) -> Snapshot:
        def moved(listener: Listener) -> Listener:
            return dataclasses.replace(listener, address="127.0.0.1", port=self._claim())

        return dataclasses.replace(snapshot, listeners=tuple(map(moved, snapshot.listeners)))

    def _claim(self) -> int:
        self._claims.append(PortClaim())
        return self._claims[-1].port

    def _sockets(self) -> Iterator[Path]:
        return (self.directory / f"extproc-{index}.sock" for index in range(self._workers))

    def _sockets_exist(self) -> bool:
        return all(path.exists() for path in self._sockets())

    def _write_bootstrap(self) -> Path:
        write_secrets(self.snapshot, self._secrets, self._environ)
        options = RenderOptions(
            extproc_sockets=tuple(map(str, self._sockets())),
            secrets_dir=str(self._secrets),
            admin_port=self.admin.port,
            access_log_path=str(self.directory / "access.log"),
            outbound_socket=str(self._outbound),
            state_socket=str(self.state_socket) if self.state_socket else None,
        )
        path = self.directory / "envoy.json"
        path.write_text(json.dumps(render(self.snapshot, options)), encoding="utf-8")
        return path

    def _spawn(self, name: str, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_bare_environ(),
                start_new_session=True,
            )

    def _raise_if_dead(self, what: str) -> None:
        programs = (("envoy", self.envoy), ("plano-extproc", self.extproc), ("plano-state", self.state))
        for name, process in programs:
            if process is not None and process.poll() is not None:
                raise GatewayFailedError(
                    f"{name} ended with {process.returncode} before {what}\n{self.tails()}"
                )


def _bare_environ() -> dict[str, str]:
    # With PYTHONPATH: the programs are of the same tree as the test.
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM until it ends (a second one tells plano-extproc not to drain), at last SIGKILL."""
    deadline = time.monotonic() + STOP_S
    while process.poll() is None:
        if time.monotonic() > deadline:
            _kill(process, descendants(process.pid))
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TERMINATE_EVERY_S)


def _kill(process: subprocess.Popen[bytes], below: Iterable[int]) -> None:
    for pid in (process.pid, *below):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
