"""``planoctl status`` as people read it."""

from rich.table import Table
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.gateway.health import Health
from extproc.ctl.gateway.record import ChildRecord, ListenerRecord
from extproc.ctl.gateway.survey import Survey


def show(survey: Survey) -> None:
    """Three tables: the gateway, its processes, its listeners."""
    screen.out().print(_gateway(survey))
    for table in (_processes(survey), _listeners(survey)):
        screen.say()
        screen.out().print(table)


def _gateway(survey: Survey) -> Table:
    record = survey.record
    state = ("serving", "bold green") if survey.serving else ("not serving", "bold red")
    up = age(survey.now - record.started)
    rows = [
        ("gateway", Text.assemble(state, f", pid {record.pid}, up {up}")),
        ("config", Text.assemble(record.config, _generation(survey))),
    ]
    if survey.requests is not None:
        rows.append(("requests", Text(f"{survey.requests} in flight")))
    return screen.table(("", ""), ((Text(name, "dim"), value) for name, value in rows))


def _generation(survey: Survey) -> Text:
    text, in_force = Text(), survey.in_force
    if in_force is None:
        return text
    text.append(f", generation {in_force.generation}")
    if in_force.generation > 1:
        text.append(f" since {age(survey.now - in_force.since)}")
    if in_force.error:
        text.append(f"\nthe latest change is rejected: {in_force.error}", "red")
    elif survey.edited:
        how = "it counts in a moment" if survey.record.watch else "planoctl reload takes it"
        text.append(f"\nedited since: {how}", "yellow")
    return text


def _processes(survey: Survey) -> Table:
    rows = []
    for program in survey.programs:
        rows.append(_process(program, survey.now))
        if program.name == "extproc":
            rows += [_process(worker, survey.now, indent="  ") for worker in survey.workers]
    return screen.table(("PROCESS", "STATE", "PID", "FOR", "RESTARTS", "LAST END"), rows)


def _process(child: ChildRecord, now: float, indent: str = "") -> tuple[str | Text, ...]:
    return (
        indent + child.name,
        Text(child.status, "green" if child.status == "running" else "red"),
        str(child.pid or "-"),
        age(now - child.since),
        Text(str(child.restarts), "yellow" if child.restarts else ""),
        child.last_exit or "",
    )


def _listeners(survey: Survey) -> Table:
    def row(listener: ListenerRecord, health: Health) -> tuple[str | Text, ...]:
        return listener.name, listener.url, Text(str(health), "green" if health.serving else "red")

    return screen.table(("LISTENER", "URL", "HEALTH"), map(row, survey.record.listeners, survey.healths))


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
