"""The snapshot of a view without errors."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

from extproc.config import urls
from extproc.config.build import routing, state
from extproc.config.build.agents import agents
from extproc.config.build.providers import providers
from extproc.config.models.listeners import ListenerAgentConfig, ListenerConfig, TlsConfig
from extproc.config.preferences import effective
from extproc.config.snapshot import DownstreamTls, Listener, ListenerAgent, RouterKind, Snapshot
from extproc.config.view import View


def snapshot(view: View, directory: Path, generation: int) -> Snapshot:
    """Paths of files are made absolute: a relative one starts at the config's directory."""
    config, overrides = view.config, view.config.overrides
    tenant_header = config.routing.session_cache.tenant_header
    descriptions = {item.value.id: item.value.description or "" for item in view.agents}
    router_models = routing.routers(view)
    plano_router: RouterKind = "model" if router_models.agents else "embedded"
    chosen: dict[str, Any] = {}
    if overrides.upstream_tls_ca_path is not None:
        chosen["upstream_ca_path"] = str(directory / overrides.upstream_tls_ca_path)
    return Snapshot(
        generation=generation,
        listeners=tuple(
            _listener(item.value, descriptions, plano_router, directory) for item in view.listeners
        ),
        providers=providers(
            [item.value for item in view.providers],
            _affine(view),
            directory,
            auto=overrides.fallback == "auto",
        ),
        aliases=MappingProxyType({alias: entry.target for alias, entry in config.model_aliases.items()}),
        agents=agents([item.value for item in view.agents]),
        connect_timeout_s=overrides.upstream_connect_timeout,
        tenant_header=tenant_header.lower() if tenant_header else None,
        preferences=tuple(routing.preference(item.value) for item in effective(view)),
        router_models=router_models,
        router_languages=overrides.router_languages,
        sessions=routing.sessions(config.routing),
        prompt_caching=routing.prompt_caching(config.prompt_caching),
        metrics_sources=tuple(routing.metrics_source(item.value, directory) for item in view.metrics_sources),
        session_cache=state.session_cache(config.routing.session_cache, directory),
        state_storage=state.state_storage(config.state_storage, directory),
        fallback=overrides.fallback or None,
        **chosen,
    )


def _affine(view: View) -> frozenset[tuple[str, int]]:
    """Host and port of Plano's ``endpoints`` that want prompts which begin alike at the same replica."""
    found = set()
    for endpoint in view.config.endpoints.values():
        if endpoint.prefix_affinity:
            host, port = urls.split_host(endpoint.endpoint)
            found.add((host, port or (443 if endpoint.protocol == "https" else 80)))
    return frozenset(found)


def _listener(
    listener: ListenerConfig, descriptions: dict[str, str], plano_router: RouterKind, directory: Path
) -> Listener:
    """`plano_router` is what ``plano_orchestrator_v1`` stands for."""
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
        router=plano_router if listener.router == "plano_orchestrator_v1" else listener.router or "cascade",
        chain=listener.chain,
        on_agent_error=listener.on_agent_error,
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
