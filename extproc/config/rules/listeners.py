"""Rules for ``listeners``."""

from collections.abc import Iterator
from typing import Final

from extproc.config import urls
from extproc.config.models.agents import AgentConfig
from extproc.config.models.listeners import ListenerAgentConfig, ListenerConfig
from extproc.config.problems import KeyPath, Report
from extproc.config.rules.known import filter_ids, nearest
from extproc.config.view import Placed, View

_OURS: Final = "outbound"
"""Name of the gateway's own listener, in logs and statistics."""
_OF_AGENTS: Final = ("router", "chain", "on_agent_error")
"""Keys that say how several agents work together."""


def unique(view: View, report: Report) -> None:
    """Names tell listeners apart in logs; a port can be bound once."""
    names: dict[str, KeyPath] = {}
    ports: dict[int, KeyPath] = {}
    for item in view.listeners:
        name, port = item.value.name, item.value.port
        if name == _OURS:
            report.error((*item.path, "name"), f"{name} is the name of the gateway's own listener")
        if name in names:
            line = report.line(names[name])
            report.error((*item.path, "name"), f"{name} is another listener's name", f"see line {line}")
        if port in ports:
            _port_taken(item, report, report.line(ports[port]))
        names.setdefault(name, (*item.path, "name"))
        if port is not None:
            ports.setdefault(port, (*item.path, "port"))


def _port_taken(item: Placed[ListenerConfig], report: Report, line: int | None) -> None:
    port = item.value.port
    if len(item.path) == 1:
        message = f"port {port} is needed for the model listener that is added where there is none"
        report.error(item.path, message, f"see line {line}; or add a listener of type model")
    else:
        report.error((*item.path, "port"), f"{port} is another listener's port", f"see line {line}")


def port_given(view: View, report: Report) -> None:
    """No port is usual for agents."""
    for item in view.listeners:
        if item.value.port is None:
            report.error((*item.path, "port"), f"is required for a listener of type {item.value.type}")


def filters_exist(view: View, report: Report) -> None:
    """Every filter that a listener, or an agent of it, names."""
    if not view.sound("filters", "agents"):
        return
    known = dict.fromkeys(filter_ids(view))
    for item in view.listeners:
        for where, ids in _filter_lists(item.value):
            for index, filter_id in enumerate(ids):
                if filter_id not in known:
                    path = (*item.path, *where, index)
                    report.error(path, f"there is no filter {filter_id}", nearest(filter_id, known))


def _filter_lists(listener: ListenerConfig) -> Iterator[tuple[KeyPath, list[str]]]:
    yield ("input_filters",), listener.input_filters
    yield ("output_filters",), listener.output_filters
    for index, agent in enumerate(listener.agents):
        yield ("agents", index, "input_filters"), agent.input_filters


_ROUTING_TABLE: Final = "descriptions are the routing table: say what the agent is for"


def agents_exist(view: View, report: Report) -> None:
    """Every agent that a listener names, once, described where a router has to choose."""
    if not view.sound("agents"):
        return
    agents = {item.value.id: item.value for item in view.agents}
    for item in view.listeners:
        seen: set[str] = set()
        for index, entry in enumerate(item.value.agents):
            path = (*item.path, "agents", index)
            if entry.id not in agents:
                report.error((*path, "id"), f"there is no agent {entry.id}", nearest(entry.id, agents))
            elif entry.id in seen:
                report.error((*path, "id"), f"{entry.id} stands twice in this listener")
            elif len(item.value.agents) > 1 and not _described(entry, agents[entry.id]):
                message = "is required where there are several agents"
                report.error((*path, "description"), message, _ROUTING_TABLE)
            seen.add(entry.id)


def _described(entry: ListenerAgentConfig, agent: AgentConfig) -> bool:
    return bool((entry.description or agent.description or "").strip())


def agents_where_they_belong(view: View, report: Report) -> None:
    """Agents make an agent listener."""
    for item in view.listeners:
        if item.value.agents and item.value.type != "agent":
            report.error((*item.path, "agents"), "only a listener of type agent has agents")
        if not item.value.agents and item.value.type == "agent":
            report.error((*item.path, "agents"), "a listener of type agent needs at least one")
        defaults = [index for index, entry in enumerate(item.value.agents) if entry.default]
        for index in defaults[1:]:
            report.error((*item.path, "agents", index, "default"), "only one agent can be the default")


def keys_with_effect(view: View, report: Report) -> None:
    """What only listeners of the other type do."""
    for item in view.listeners:
        kind, written = item.value.type, item.value.model_fields_set
        for key in _OF_AGENTS if kind != "agent" else ():
            if key in written:
                report.warn((*item.path, key), f"has no effect for a listener of type {kind}")
        if kind == "agent" and item.value.max_retries:
            message = "has no effect for a listener of type agent"
            hint = "an agent may have acted already: it is tried again only where it was not reached"
            report.warn((*item.path, "max_retries"), message, hint)


def open_to_others(view: View, report: Report) -> None:
    """Whoever reaches a listener that needs no certificate spends the provider keys behind it."""
    if not any(item.value.access_key or item.value.headers for item in view.providers):
        return
    for item in view.listeners:
        listener = item.value
        protected = listener.tls is not None and listener.tls.client_ca is not None
        if listener.type == "prompt" or protected or urls.is_loopback(listener.address):
            continue
        path = (*item.path, "address") if len(item.path) > 1 else item.path
        place = f"{listener.address} port {listener.port} ({listener.name})"
        what = "your provider keys" if listener.type == "model" else "your agents, and models through them"
        message = f"OPEN: whoever reaches {place} can use {what}"
        report.warn(path, message, "address: 127.0.0.1, or tls with client_ca")


RULES: Final = (
    unique,
    port_given,
    filters_exist,
    agents_exist,
    agents_where_they_belong,
    keys_with_effect,
    open_to_others,
)
