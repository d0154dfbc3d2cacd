"""A name that stands for several addresses: each is a replica, and requests with one hash stay at one."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from extproc.config.retry import RetryPolicy
from extproc.testing.builders import a_listener
from extproc.testing.ports import PortClaim
from tests.bootstrap.double import ExtProcDouble
from tests.bootstrap.running import RunningEnvoy
from tests.bootstrap.values import ENVIRON, a_snapshot_of, an_agent_at, an_upstream

NAME = "replicas.test"
ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


class Replica(BaseHTTPRequestHandler):
    """Answers with the address that was called."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = self.connection.getsockname()[0].encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def name_server() -> Iterator[int]:
    """Port of one that knows `ADDRESSES` for whatever it is asked."""

    def answer() -> None:
        while (received := server.recvfrom(512))[0]:
            query, client = received
            end = query.index(b"\0", 12) + 5
            known = ADDRESSES if query[end - 4 : end - 2] == b"\0\1" else ()
            head = query[:2] + struct.pack(">5H", 0x8180, 1, len(known), 0, 0)
            records = (struct.pack(">3HIH", 0xC00C, 1, 1, 30, 4) + socket.inet_aton(item) for item in known)
            server.sendto(head + query[12:end] + b"".join(records), client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        server.sendto(b"", server.getsockname())
        thread.join()


@contextmanager
def replicas() -> Iterator[int]:
    """Their port, which is the same at each address."""
    with ExitStack() as stack:
        port = 0
        for address in ADDRESSES:
            server = stack.enter_context(ThreadingHTTPServer((address, port), Replica))
            port = server.server_port
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield port


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEnvoy]:
    directory = tmp_path_factory.mktemp("names")
    with ExitStack() as stack:
        resolver, port = stack.enter_context(name_server()), stack.enter_context(replicas())
        claim = PortClaim()
        stack.callback(claim.release)
        stack.enter_context(ExtProcDouble(directory / "extproc-0.sock"))
        snapshot = a_snapshot_of(an_upstream("affine", host=NAME, port=port))
        providers = tuple(
            replace(item, prefix_affinity=True, retry_policy=RetryPolicy()) for item in snapshot.providers
        )
        agent = an_agent_at("agent", (NAME, port))
        listener = a_listener(port=claim.port)
        snapshot = replace(snapshot, providers=providers, agents=(agent,), listeners=(listener,))
        running = RunningEnvoy(snapshot, directory, ENVIRON)
        _resolve_by(resolver, directory / "envoy.json")
        stack.enter_context(running)
        running.until_serving()
        yield running


def _resolve_by(port: int, bootstrap: Path) -> None:
    config = json.loads(bootstrap.read_text())
    for cluster in config["static_resources"]["clusters"]:
        if cluster.get("cluster_type", {}).get("name") == "envoy.clusters.dns":
            resolver = cluster["cluster_type"]["typed_config"]["typed_dns_resolver_config"]
            address = {"address": "127.0.0.1", "port_value": port}
            resolver["typed_config"]["resolvers"] = [{"socket_address": address}]
    bootstrap.write_text(json.dumps(config))


@pytest.mark.parametrize("cluster", ["agent", "affine", "affine.first"])
def test_requests_with_one_hash_stay_at_one_address(envoy: RunningEnvoy, cluster: str) -> None:
    """An agent's conversations, and a provider's prompts that begin alike; all addresses are used."""

    def asked(number: int) -> bytes:
        told = {"x-test-cluster": cluster, "x-test-hash": f"h-{number}"}
        found = {envoy.request(headers=told).body for _ in range(3)}
        assert 1 == len(found)
        return found.pop()

    assert {address.encode() for address in ADDRESSES} == {asked(number) for number in range(40)}


def test_requests_without_a_hash_go_anywhere(envoy: RunningEnvoy) -> None:
    """A cluster may be shared by providers that do not want it."""
    found = {envoy.request(headers={"x-test-cluster": "affine"}).body for _ in range(40)}

    assert {address.encode() for address in ADDRESSES} == found
