"""Agents of the snapshot: one Envoy cluster each."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from extproc.config import urls
from extproc.config.models.agents import AgentConfig
from extproc.config.snapshot import Agent, AgentUpstream


def agents(entries: Sequence[AgentConfig]) -> tuple[Agent, ...]:
    """In the config's order."""
    taken = Counter(_cluster(entry.id) for entry in entries)
    return tuple(_agent(entry, alone=taken[_cluster(entry.id)] == 1) for entry in entries)


def _agent(entry: AgentConfig, *, alone: bool) -> Agent:
    url = urls.parse(entry.url)
    cluster = _cluster(entry.id)
    replicas = [urls.parse(replica) for replica in entry.replicas]
    upstream = AgentUpstream(
        cluster=cluster if alone else f"{cluster}_{hashlib.sha256(entry.id.encode()).hexdigest()[:8]}",
        addresses=tuple(dict.fromkeys((item.host, item.port) for item in (url, *replicas))),
        tls=url.tls,
        authority=url.authority,
    )
    return Agent(entry.id, entry.url, upstream, url.path, entry.passthrough_auth)


def _cluster(agent_id: str) -> str:
    """Of what a name in Envoy's statistics may hold; ids that come to the same get a fingerprint."""
    return f"agent_{re.sub(r'[^A-Za-z0-9_.-]', '-', agent_id)}"
