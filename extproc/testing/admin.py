"""Envoy's admin interface, as far as tests and measurements read it."""

import http.client
import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any

EXTPROC_CLUSTER = "extproc"
"""Envoy's cluster of our workers: one host a worker."""


@dataclass(frozen=True, slots=True)
class Host:
    """One endpoint of a cluster."""

    address: str
    healthy: bool
    requests: int
    """Requests (for a worker: exchanges) sent to it so far."""
    active: int
    """Requests it has not finished."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The interface on a port of 127.0.0.1."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def page(self, path: str) -> str:
        """Body of a page, e.g. ``/stats``."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10.0)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def ready(self) -> bool:
        """Whether Envoy is up and serves."""
        try:
            return self.page("/ready") == "LIVE\n"
        except OSError:
            return False

    def stats(self, pattern: str = "") -> dict[str, int]:
        """Counters and gauges whose name matches a regular expression."""
        pairs = (line.rsplit(": ", 1) for line in self.page(f"/stats?filter={pattern}").splitlines())
        return {name: int(value) for name, value in pairs if value.isdigit()}

    def hosts(self, cluster: str) -> list[Host]:
        """The endpoints of a cluster."""
        statuses = json.loads(self.page("/clusters?format=json")).get("cluster_statuses", [])
        found = (status.get("host_statuses", []) for status in statuses if status["name"] == cluster)
        return [_host(status) for hosts in found for status in hosts]

    def workers(self) -> list[Host]:
        """The endpoints of extproc, one a worker."""
        return self.hosts(EXTPROC_CLUSTER)


def _host(status: dict[str, Any]) -> Host:
    stats = {stat["name"]: int(stat.get("value", 0)) for stat in status["stats"]}
    address = status["address"]
    pipe = address.get("pipe", {}).get("path")
    return Host(
        address=pipe or "{address}:{port_value}".format(**address["socket_address"]),
        healthy=not any(name.startswith("failed_") for name in status["health_status"]),
        requests=stats.get("rq_total", 0),
        active=stats.get("rq_active", 0),
    )
