"""A config, or a gateway that serves it, on the screen."""

import json
import shlex
from typing import Final

from rich.table import Table
from rich.text import Text

from extproc.config.secret import SecretRef
from extproc.config.snapshot import Agent, Listener, Provider, Snapshot, Upstream
from extproc.ctl import screen
from extproc.ctl.gateway.reading import Reading
from extproc.ctl.gateway.record import ANY_ADDRESS, ListenerRecord, Record
from extproc.dialects.api import Api
from extproc.providers.catalogue import known_models

_HELLO: Final = ({"role": "user", "content": "Hello"},)


def show_started(reading: Reading, record: Record, took_s: float, *, foreground: bool = False) -> None:
    """What ``planoctl up`` ends with."""
    screen.out().print(
        Text.assemble(("✓ ", "bold green"), ("the gateway serves", "bold"), f" ({took_s:.1f} s)")
    )
    _show(_running(record.listeners))
    _show(providers(reading.snapshot))
    _show(agents(reading.snapshot))
    _show_curl(reading, first_asked(record.listeners))
    after = (
        "Ctrl-C ends it; the logs follow"
        if foreground
        else "planoctl status · planoctl logs -f · planoctl down"
    )
    screen.out().print(Text(after, "dim"))


def first_asked(records: tuple[ListenerRecord, ...]) -> ListenerRecord:
    """Whoever has agents wants to see them at work."""
    return min(records, key=lambda record: {"agent": 0, "model": 1}.get(record.kind, 2))


def show_config(reading: Reading) -> None:
    """What ``planoctl validate`` says of a config that is valid."""
    snapshot = reading.snapshot
    for table in (listeners(snapshot), providers(snapshot), aliases(snapshot), agents(snapshot)):
        _show(table)


def _show(table: Table) -> None:
    if table.row_count:
        screen.say()
        screen.show(table)


def _running(records: tuple[ListenerRecord, ...]) -> Table:
    def row(record: ListenerRecord) -> tuple[str | Text, ...]:
        open_to_all = "open to the network" if record.address in ANY_ADDRESS else ""
        return record.name, record.url, Text(open_to_all, "yellow")

    return screen.table(("LISTENER", "URL", ""), map(row, records))


def listeners(snapshot: Snapshot) -> Table:
    """Name, kind and place of each."""

    def row(listener: Listener) -> tuple[str, ...]:
        return listener.name, listener.kind, f"{listener.address}:{listener.port}", _security(listener)

    return screen.table(("LISTENER", "KIND", "ADDRESS", ""), map(row, snapshot.listeners))


def _security(listener: Listener) -> str:
    if not listener.served:
        return "not served yet"
    if listener.tls is None:
        return ""
    return "TLS, client certificates" if listener.tls.client_ca else "TLS"


def providers(snapshot: Snapshot) -> Table:
    """Name, host and key of each."""

    def row(provider: Provider) -> tuple[str, ...]:
        upstream = provider.upstream
        host = upstream.authority if upstream.tls else f"http://{upstream.authority}"
        return provider.name, host, _key(upstream), "default" if provider.default else ""

    return screen.table(("MODEL", "HOST", "KEY", ""), map(row, snapshot.providers))


def _key(upstream: Upstream) -> str:
    aws = upstream.aws
    if aws is None:
        return _key_of(upstream.credential) if upstream.credential else "the client's"
    if aws.keys is not None:
        return _key_of(aws.keys.access_key_id)
    return f"AWS profile {aws.profile}" if aws.profile else "AWS, found by Envoy"


def _key_of(credential: SecretRef) -> str:
    return {"env": f"${credential.source}", "file": credential.source, "literal": "in the config"}[
        credential.kind
    ]


def aliases(snapshot: Snapshot) -> Table:
    """Alias and target."""
    return screen.table(("ALIAS", "MODEL"), snapshot.aliases.items())


def agents(snapshot: Snapshot) -> Table:
    """Id and address of each, and the listeners that name it."""

    def row(agent: Agent) -> tuple[str, ...]:
        named = (
            listener.name
            for listener in snapshot.listeners
            if any(entry.id == agent.id for entry in listener.agents)
        )
        return agent.id, agent.url, ", ".join(named)

    return screen.table(("AGENT", "URL", "LISTENERS"), map(row, snapshot.agents))


def _show_curl(reading: Reading, listener: ListenerRecord) -> None:
    command = curl(reading.snapshot, listener)
    if command is not None:
        screen.say("\n  try it:")
        for line in command.splitlines():
            screen.say(f"    {line}", "cyan")
        screen.say()


def curl(snapshot: Snapshot, listener: ListenerRecord) -> str | None:
    """A first request that can be pasted into a shell; ``None`` when no model is known to ask for.

    Agents need none to be named.
    """
    if listener.kind == "agent":
        return _to_agents(snapshot, listener)
    # The default, then what is configured by name; of a wildcard's many models one may not even be for chat.
    by_use = sorted(snapshot.providers, key=lambda provider: (not provider.default, provider.wildcard))
    for provider in by_use:
        model = _model(provider)
        if model is not None:
            return _command(provider, _alias_of(snapshot, model) or model, listener)
    return None


def _model(provider: Provider) -> str | None:
    if not provider.wildcard:
        return provider.name
    known = known_models(provider.profile.catalogue) if provider.profile.catalogue else ()
    return f"{provider.prefix}/{known[0]}" if known else None


def _alias_of(snapshot: Snapshot, model: str) -> str | None:
    return next((alias for alias, target in snapshot.aliases.items() if target == model), None)


def _command(provider: Provider, model: str, listener: ListenerRecord) -> str:
    apis = provider.profile.apis
    chat = Api.CHAT in apis or Api.MESSAGES not in apis
    body: dict[str, object] = {"model": model, "messages": _HELLO}
    if not chat:
        body = {"max_tokens": 100} | body
    path = "/v1/chat/completions" if chat else "/v1/messages"
    return _pasted(listener, path, body, key=provider.upstream.passes_credential)


def _to_agents(snapshot: Snapshot, listener: ListenerRecord) -> str:
    shown_keys = {agent.id for agent in snapshot.agents if agent.passthrough_auth}
    key = any(
        agent.id in shown_keys
        for configured in snapshot.listeners
        if configured.name == listener.name
        for agent in configured.agents
    )
    return _pasted(listener, "/v1/chat/completions", {"messages": _HELLO}, key=key)


def _pasted(listener: ListenerRecord, path: str, body: dict[str, object], *, key: bool) -> str:
    """`key`: the client's own credential goes on to whoever answers."""
    insecure = "-k " if listener.tls else ""
    lines = [f"curl {insecure}{listener.url}{path}", "-H 'content-type: application/json'"]
    if key:
        lines.append("-H 'authorization: Bearer '\"$API_KEY\"")
    lines.append(f"-d {shlex.quote(json.dumps(body))}")
    return " \\\n  ".join(lines)
