"""Real Envoy in front of agents, with a double in the place of plano-extproc, and its way out."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

from extproc import headers as names
from extproc.config.snapshot import ListenerAgent
from extproc.testing.builders import a_listener
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.bootstrap.double import ExtProcDouble
from tests.bootstrap.running import PATIENCE_S, Response, RunningEnvoy
from tests.bootstrap.values import ENVIRON, a_snapshot_of, an_agent_at, an_upstream

FOR_AGENTS = frozenset(
    {"traceparent", "tracestate", "baggage", "x-model-affinity", "forwarded", "via", "cookie"}
    | {"x-forwarded-for", "x-forwarded-proto", names.CONVERSATION}
)
"""What an agent may be sent and a provider may not."""
REPLICAS = 3


@dataclass(frozen=True)
class AgentsLab:
    """Everything that is running."""

    envoy: RunningEnvoy
    ext_proc: ExtProcDouble
    replicas: tuple[Upstream, ...]
    """Of the agents ``addresses`` and ``names``; the first one is all that the others have."""
    provider: Upstream

    @property
    def agent(self) -> Upstream:
        """The one replica of the agents that have one."""
        return self.replicas[0]

    def outbound(
        self, cluster: str | None, headers: Mapping[str, str] | None = None, path: str = "/v1/x"
    ) -> Response:
        """A worker's request."""
        socket_path = self.envoy.directory / "outbound.sock"
        with closing(_UnixConnection(socket_path)) as connection:
            told = {names.CLUSTER: cluster} if cluster else {}
            connection.request("POST", path, b"{}", {**told, **(headers or {})})
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, fields, answer.read())


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("outbound", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(str(self._path))


@contextmanager
def agents_lab(directory: Path) -> Iterator[AgentsLab]:
    """Up from entering to leaving."""
    with ExitStack() as stack:
        claims = [PortClaim(), PortClaim()]
        for claim in claims:
            stack.callback(claim.release)
        port, closed = (claim.port for claim in claims)
        replicas = tuple(stack.enter_context(Upstream(told=FOR_AGENTS)) for _ in range(REPLICAS))
        provider = stack.enter_context(Upstream())
        ext_proc = stack.enter_context(ExtProcDouble(directory / "extproc-0.sock"))
        first = replicas[0].port
        agents = (
            an_agent_at("addresses", *(("127.0.0.1", replica.port) for replica in replicas)),
            an_agent_at("names", *(("localhost", replica.port) for replica in replicas)),
            an_agent_at("half-dead", ("127.0.0.1", closed), ("127.0.0.1", first)),
            an_agent_at("dead", ("127.0.0.1", closed)),
            an_agent_at("trusted", ("127.0.0.1", first), passthrough_auth=True),
            # A label of 64 letters: refused by the resolver itself, without asking a name server.
            an_agent_at("nameless", ("a" * 64 + ".example", 80)),
        )
        snapshot = a_snapshot_of(
            an_upstream("acme", port=provider.port), an_upstream("refusing", port=closed)
        )
        listener = replace(a_listener("travel", port=port), kind="agent", agents=(ListenerAgent("dead", ""),))
        snapshot = replace(snapshot, listeners=(listener,), agents=agents)
        envoy = stack.enter_context(RunningEnvoy(snapshot, directory, ENVIRON))
        envoy.until_serving()
        yield AgentsLab(envoy, ext_proc, replicas, provider)
