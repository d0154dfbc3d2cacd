"""The snapshot of a view without errors."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

from extproc.config.build.providers import providers
from extproc.config.models.listeners import ListenerAgentConfig, ListenerConfig, TlsConfig
from extproc.config.snapshot import Agent, DownstreamTls, Listener, ListenerAgent, Snapshot
from extproc.config.view import View


def snapshot(view: View, directory: Path, generation: int) -> Snapshot:
    """Paths of files are made absolute: a relative one starts at the config's directory."""
    config, overrides = view.config, view.config.overrides
    descriptions = {item.value.id: item.value.description or "" for item in view.agents}
    chosen: dict[str, Any] = {}
    if overrides.upstream_tls_ca_path is not None:
        chosen["upstream_ca_path"] = str(directory / overrides.upstream_tls_ca_path)
    return Snapshot(
        generation=generation,
        listeners=tuple(_listener(item.value, descriptions, directory) for item in view.listeners),
        providers=providers([item.value for item in view.providers], directory),
        aliases=MappingProxyType({alias: entry.target for alias, entry in config.model_aliases.items()}),
        agents=tuple(Agent(item.value.id, item.value.url) for item in view.agents),
        connect_timeout_s=overrides.upstream_connect_timeout,
        tenant_header=config.routing.session_cache.tenant_header,
        **chosen,
    )


def _listener(listener: ListenerConfig, descriptions: dict[str, str], directory: Path) -> Listener:
    assert listener.port is not None
    return Listener(
        name=listener.name,
        kind=listener.type,
        address=listener.address,
        port=listener.port,
        timeout_s=listener.timeout or None,
        max_retries=listener.max_retries,
        max_body_bytes=listener.max_body_bytes,
        tls=_tls(listener.tls, directory) if listener.tls else None,
        agents=tuple(_agent(agent, descriptions) for agent in listener.agents),
    )


def _tls(tls: TlsConfig, directory: Path) -> DownstreamTls:
    client_ca = None if tls.client_ca is None else str(directory / tls.client_ca)
    return DownstreamTls(str(directory / tls.cert), str(directory / tls.key), client_ca)


def _agent(agent: ListenerAgentConfig, descriptions: dict[str, str]) -> ListenerAgent:
    return ListenerAgent(
        id=agent.id,
        description=agent.description or descriptions[agent.id],
        default=agent.default,
        input_filters=tuple(agent.input_filters),
        examples=tuple(agent.examples),
    )
