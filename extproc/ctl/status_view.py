"""``planoctl status`` as people read it."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.gateway.health import Health
from extproc.ctl.gateway.record import ChildRecord
from extproc.ctl.gateway.survey import Survey


def show(survey: Survey) -> None:
    """Three tables: the gateway, its processes, its listeners."""
    for table in (_gateway(survey), _processes(survey), _listeners(survey)):
        screen.out().print(Padding(table, (0, 0, 1, 0)))


def _table(*columns: str, headers: bool = True) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0), show_header=headers)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _gateway(survey: Survey) -> Table:
    record = survey.record
    table = _table("", "", headers=False)
    state = ("serving", "bold green") if survey.serving else ("not serving", "bold red")
    up = age(survey.now - record.started)
    table.add_row(Text("gateway", "dim"), Text.assemble(state, f", pid {record.pid}, up {up}"))
    table.add_row(Text("config", "dim"), Text.assemble(record.config, _generation(survey.healths)))
    if survey.requests is not None:
        table.add_row(Text("requests", "dim"), f"{survey.requests} in flight")
    return table


def _generation(healths: tuple[Health, ...]) -> Text:
    text = Text()
    for health in healths:
        if health.generation is not None:
            text.append(f", generation {health.generation}")
            if health.config_error:
                text.append(f"\nthe latest change is rejected: {health.config_error}", "red")
            break
    return text


def _processes(survey: Survey) -> Table:
    table = _table("PROCESS", "STATE", "PID", "FOR", "RESTARTS", "LAST END")
    for program in survey.programs:
        _add(table, program, survey.now)
        if program.name == "extproc":
            for worker in survey.workers:
                _add(table, worker, survey.now, indent="  ")
    return table


def _add(table: Table, child: ChildRecord, now: float, indent: str = "") -> None:
    colour = "green" if child.status == "running" else "red"
    table.add_row(
        indent + child.name,
        Text(child.status, colour),
        str(child.pid or "-"),
        age(now - child.since),
        Text(str(child.restarts), "yellow" if child.restarts else ""),
        child.last_exit or "",
    )


def _listeners(survey: Survey) -> Table:
    table = _table("LISTENER", "URL", "HEALTH")
    for listener, health in zip(survey.record.listeners, survey.healths, strict=True):
        table.add_row(listener.name, listener.url, Text(str(health), "green" if health.serving else "red"))
    return table


def age(seconds: float) -> str:
    """E.g. ``12 s``, ``3 min``, ``5 h 10 min``, ``2 d 3 h``."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 24:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"
