"""What is compared: four Envoys of one worker thread each, before the same provider.

- plain Envoy: one listener, one route, one cluster; what anyone's proxy does at least
- without ext_proc: the bootstrap that we render, its ext_proc filter taken out, one fixed route
- gateway: the same bootstrap as it is, with ``plano-extproc``
- gateway, grpc.aio: the same on the reference transport
"""

import copy
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.upstream import MODEL
from extproc.bootstrap.envoy import find_envoy
from extproc.bootstrap.ext_proc import FILTER
from extproc.serving.transport import Transport
from extproc.testing.admin import Admin
from extproc.testing.gateway import Gateway
from extproc.testing.ports import PortClaim

PLAIN, WITHOUT, GATEWAY = "plain Envoy", "without ext_proc", "gateway"
REFERENCE = "gateway, grpc.aio"

ALIAS = "fast"
"""What clients of the gateway ask for; the provider wants `MODEL`, as the clients of the others write it."""

ENVIRON = {"BENCH_KEY": "sk-bench"}
CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - {{model: openai/{model}, base_url: "http://127.0.0.1:{port}", access_key: $BENCH_KEY, default: true}}
model_aliases:
  {alias}: {{target: openai/{model}}}
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """One of them, running."""

    name: str
    port: int
    model: str
    envoy_pid: int
    python_pids: tuple[int, ...]
    admin: Admin


@contextmanager
def setups(workers: int) -> Iterator[tuple[Setup, ...]]:
    """All of them at once, so that slices can be interleaved; idle ones cost next to nothing."""
    with ExitStack() as stack:
        port = stack.enter_context(provider())
        config = CONFIG.format(model=MODEL, port=port, alias=ALIAS)
        gateway, reference = (
            stack.enter_context(Gateway(config, ENVIRON, workers=workers, transport=transport))
            for transport in Transport
        )
        bootstrap = json.loads((gateway.directory / "envoy.json").read_text())
        plain = stack.enter_context(_envoy(PLAIN, gateway.directory, lambda *ports: _plain(port, *ports)))
        without = stack.enter_context(
            _envoy(WITHOUT, gateway.directory, lambda *ports: _without(bootstrap, *ports))
        )
        yield plain, without, _setup(REFERENCE, reference), _setup(GATEWAY, gateway)


def _setup(name: str, gateway: Gateway) -> Setup:
    assert gateway.envoy is not None
    assert gateway.extproc is not None
    python = tuple({gateway.extproc.pid, *gateway.worker_pids})
    return Setup(name, gateway.port, ALIAS, gateway.envoy.pid, python, gateway.admin)


@contextmanager
def provider() -> Iterator[int]:
    """The port of a running `bench.upstream`."""
    process = subprocess.Popen([sys.executable, "-m", "bench.upstream"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        with process.stdout as said:
            port = int(said.readline())
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def _envoy(name: str, directory: Path, bootstrap: Any) -> Iterator[Setup]:
    """An Envoy on ports of its own; `bootstrap` makes its configuration from listener and admin port."""
    listener, admin = PortClaim(), PortClaim()
    path = directory / f"{name.replace(' ', '-')}.json"
    path.write_text(json.dumps(bootstrap(listener.port, admin.port)))
    command = [str(find_envoy()), "--config-path", str(path), "--concurrency", "1", "--use-dynamic-base-id"]
    with path.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([*command, "--log-level", "warning"], stdout=log, stderr=log)
    try:
        setup = Setup(name, listener.port, MODEL, process.pid, (), Admin(admin.port))
        while not setup.admin.ready():
            if process.poll() is not None:
                raise RuntimeError(path.with_suffix(".log").read_text())
            time.sleep(0.02)
        yield setup
    finally:
        process.kill()
        process.wait()
        listener.release()
        admin.release()


def _plain(provider: int, port: int, admin: int) -> dict[str, Any]:
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "plain",
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {"name": "plain", "virtual_hosts": [_one_route("provider")]},
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    address = {"address": _loopback(provider)}
    cluster = {
        "name": "provider",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "provider",
            "endpoints": [{"lb_endpoints": [{"endpoint": address}]}],
        },
    }
    listener = {"name": "plain", "address": _loopback(port), "filter_chains": [{"filters": filters}]}
    return {
        "admin": {"address": _loopback(admin)},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    }


def _without(rendered: dict[str, Any], port: int, admin: int) -> dict[str, Any]:
    """The gateway's bootstrap with everything but ext_proc: keys, cleaning, access log, limits."""
    bootstrap = copy.deepcopy(rendered)
    bootstrap["admin"]["address"] = _loopback(admin)
    resources = bootstrap["static_resources"]
    listener = resources["listeners"][0]
    resources["listeners"] = [listener]
    listener["address"] = _loopback(port)
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [each for each in manager["http_filters"] if each["name"] != FILTER]
    manager["route_config"]["virtual_hosts"] = [_one_route(resources["clusters"][0]["name"])]
    return bootstrap


def _one_route(cluster: str) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": "0s"}}
    return {"name": "all", "domains": ["*"], "routes": [route]}


def _loopback(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
