"""Real Envoy on a rendered bootstrap, for one snapshot, with files in a folder of its own."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extproc.bootstrap.envoy import find_envoy
from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.config.snapshot import Snapshot
from extproc.testing.ports import PortClaim

PATIENCE_S = 20.0
POLL_S = 0.01


@dataclass(frozen=True)
class Response:
    """What a client got; header names in lower case, of a repeated one the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RunningEnvoy:
    """Envoy between entering and leaving; the first listener of `snapshot` is the one that is called."""

    def __init__(
        self,
        snapshot: Snapshot,
        directory: Path,
        environ: Mapping[str, str],
        own_environ: Mapping[str, str] | None = None,
    ) -> None:
        """`environ` has the secrets of `snapshot`, `own_environ` is what Envoy itself has beside ours."""
        self.snapshot = snapshot
        self._environ = {**os.environ, **(own_environ or {})}
        self.directory = directory
        self.port = snapshot.listeners[0].port
        self._admin = PortClaim()
        options = RenderOptions(
            extproc_sockets=(str(directory / "extproc-0.sock"),),
            secrets_dir=str(directory / "secrets"),
            admin_port=self._admin.port,
            access_log_path=str(directory / "access.log"),
            outbound_socket=str(directory / "outbound.sock"),
        )
        write_secrets(snapshot, directory / "secrets", environ)
        self._bootstrap = directory / "envoy.json"
        self._bootstrap.write_text(json.dumps(render(snapshot, options)))

    def __enter__(self) -> "RunningEnvoy":
        command = [
            find_envoy(),
            "--config-path",
            self._bootstrap,
            "--use-dynamic-base-id",
            "--concurrency",
            "1",
        ]
        command += ["--file-flush-interval-msec", "10", "--log-level", "warning"]
        with (self.directory / "envoy.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=self._environ)
        until(self._ready, "Envoy is ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._admin.release()

    def request(
        self,
        method: str = "POST",
        path: str = "/v1/chat/completions",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = b"{}",
        port: int | None = None,
    ) -> Response:
        """One request on a connection of its own, to the first listener or to `port`."""
        return request(port or self.port, method, path, headers, body)

    def admin(self, path: str) -> bytes:
        """A page of the admin interface."""
        return request(self._admin.port, "GET", path, None, None).body

    def logged(self, request_path: str) -> dict[str, Any]:
        """The line of the access log about `request_path`, as soon as it is there."""
        found: list[dict[str, Any]] = []

        def written() -> bool:
            text = (self.directory / "access.log").read_text()
            lines = map(json.loads, text[: text.rfind("\n") + 1].splitlines())
            found.extend(line for line in lines if line["path"] == request_path)
            return bool(found)

        until(written, f"{request_path} is in the access log")
        return found[0]

    def until_serving(self) -> None:
        """Until a health check of Envoy's has found the double."""
        until(lambda: self.request("GET", "/healthz", body=None).status == 200, "/healthz is 200")

    def _ready(self) -> bool:
        assert self._process.poll() is None, (self.directory / "envoy.log").read_text()
        try:
            return self.admin("/ready") == b"LIVE\n"
        except ConnectionError:
            return False


def request(
    port: int, method: str, path: str, headers: Mapping[str, str] | None, body: bytes | None
) -> Response:
    """One request to a port of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    with closing(connection):
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, fields, response.read())


def until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as `condition` holds; for what no event tells."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"not in {PATIENCE_S} s: {what}"
        time.sleep(POLL_S)
