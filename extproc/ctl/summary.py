"""A config, or a gateway that serves it, on the screen."""

import json
import shlex

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extproc.config.secret import SecretRef
from extproc.config.snapshot import Listener, Provider, Snapshot
from extproc.ctl import screen
from extproc.ctl.gateway.reading import Reading
from extproc.ctl.gateway.record import ANY_ADDRESS, ListenerRecord, Record
from extproc.dialects.api import Api
from extproc.providers.catalogue import known_models


def show_started(reading: Reading, record: Record, took_s: float, *, foreground: bool = False) -> None:
    """What ``planoctl up`` ends with."""
    screen.out().print(
        Text.assemble(("✓ ", "bold green"), ("the gateway serves", "bold"), f" ({took_s:.1f} s)")
    )
    _show(_running(record.listeners))
    _show(providers(reading.snapshot))
    _show_curl(reading, record.listeners[0])
    after = (
        "Ctrl-C ends it; the logs follow"
        if foreground
        else "planoctl status · planoctl logs -f · planoctl down"
    )
    screen.out().print(Text(after, "dim"))


def show_config(reading: Reading) -> None:
    """What ``planoctl validate`` says of a config that is valid."""
    snapshot = reading.snapshot
    for table in (listeners(snapshot), providers(snapshot), aliases(snapshot), agents(snapshot)):
        _show(table)


def _show(table: Table) -> None:
    if table.row_count:
        screen.out().print(Padding(table, (1, 0, 0, 2)))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _running(records: tuple[ListenerRecord, ...]) -> Table:
    table = _table("LISTENER", "URL", "")
    for record in records:
        open_to_all = record.address in ANY_ADDRESS
        table.add_row(record.name, record.url, Text("open to the network" if open_to_all else "", "yellow"))
    return table


def listeners(snapshot: Snapshot) -> Table:
    """Name, kind and place of each."""
    table = _table("LISTENER", "KIND", "ADDRESS", "")
    for listener in snapshot.listeners:
        table.add_row(
            listener.name, listener.kind, f"{listener.address}:{listener.port}", _security(listener)
        )
    return table


def _security(listener: Listener) -> str:
    if listener.kind != "model":
        return "not served yet"
    if listener.tls is None:
        return ""
    return "TLS, client certificates" if listener.tls.client_ca else "TLS"


def providers(snapshot: Snapshot) -> Table:
    """Name, host and key of each."""
    table = _table("MODEL", "HOST", "KEY", "")
    for provider in snapshot.providers:
        if provider.internal:
            continue
        upstream = provider.upstream
        scheme = "" if upstream.tls else "http://"
        key = _key(upstream.credential)
        table.add_row(
            provider.name, f"{scheme}{upstream.authority}", key, "default" if provider.default else ""
        )
    return table


def _key(credential: SecretRef | None) -> str:
    if credential is None:
        return "the client's"
    return {"env": f"${credential.source}", "file": credential.source, "literal": "in the config"}[
        credential.kind
    ]


def aliases(snapshot: Snapshot) -> Table:
    """Alias and target."""
    table = _table("ALIAS", "MODEL")
    for alias, target in snapshot.aliases.items():
        table.add_row(alias, target)
    return table


def agents(snapshot: Snapshot) -> Table:
    """Id and address of each."""
    table = _table("AGENT", "URL", "LISTENERS")
    for agent in snapshot.agents:
        names = [
            listener.name
            for listener in snapshot.listeners
            if any(entry.id == agent.id for entry in listener.agents)
        ]
        table.add_row(agent.id, agent.url, ", ".join(names))
    return table


def _show_curl(reading: Reading, listener: ListenerRecord) -> None:
    command = curl(reading.snapshot, listener)
    if command is not None:
        screen.say("\n  try it:")
        for line in command.splitlines():
            screen.say(f"    {line}", "cyan")
        screen.say()


def curl(snapshot: Snapshot, listener: ListenerRecord) -> str | None:
    """A first request that can be pasted into a shell; ``None`` when no provider can answer one."""
    for provider in snapshot.providers:
        model = _model(provider)
        if model is not None and not provider.internal and provider.profile.apis & {Api.CHAT, Api.MESSAGES}:
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
    chat = Api.CHAT in provider.profile.apis
    body: dict[str, object] = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    if not chat:
        body = {"max_tokens": 100} | body
    path = "/v1/chat/completions" if chat else "/v1/messages"
    insecure = "-k " if listener.tls else ""
    lines = [f"curl {insecure}{listener.url}{path}", "-H 'content-type: application/json'"]
    if provider.upstream.credential is None:
        lines.append("-H 'authorization: Bearer '\"$API_KEY\"")
    lines.append(f"-d {shlex.quote(json.dumps(body))}")
    return " \\\n  ".join(lines)
