"""``planoctl status`` as people read it."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.gateway.health import Health
from extproc.ctl.gateway.record import ChildRecord, ListenerRecord
from extproc.ctl.gateway.survey import Survey
from extproc.state.load import Load, Picture


def show(survey: Survey) -> None:
    """Tables: the gateway, its processes, its listeners, and who has how much to do."""
    screen.out().print(_gateway(survey))
    for table in (_processes(survey), _listeners(survey), *_loads(survey)):
        screen.say()
        screen.out().print(table)


def _gateway(survey: Survey) -> Table:
    record = survey.record
    state = ("serving", "bold green") if survey.serving else ("not serving", "bold red")
    up = age(survey.now - record.started)
    rows = [
        ("gateway", Text.assemble(state, f", pid {record.pid}, up {up}")),
        ("config", Text.assemble(record.config, _generation(survey.healths))),
    ]
    if survey.requests is not None:
        rows.append(("requests", Text(f"{survey.requests} in flight")))
    rows.append(("state", _state(survey.picture)))
    return screen.table(("", ""), ((Text(name, "dim"), value) for name, value in rows))


def _state(picture: Picture | None) -> Text:
    """Whether it is well, what was lost, and who is left alone for a while."""
    if picture is None:
        return Text("does not answer; requests are served without it", "red")
    text = Text(", ".join(store.type for store in picture.stores))
    reporters = picture.reporters
    counts = (
        ("events waiting", sum(reporter.waiting for reporter in reporters), ""),
        ("events dropped", sum(reporter.dropped for reporter in reporters), "yellow"),
        ("look-ups failed", sum(reporter.lookups_failed for reporter in reporters), "yellow"),
        ("turns not kept", picture.turns_lost, "yellow"),
    )
    for what, number, style in counts:
        if number:
            text.append(f", {number} {what}", style)
    for store in picture.stores:
        if not store.healthy:
            text.append(f"\n{store.type} fails: {store.problem}", "red")
    cooling = {one.target: one.left_seconds for reporter in reporters for one in reporter.coolings}
    for target, left_s in sorted(cooling.items()):
        text.append(f"\n{target} cools down, {age(left_s)} yet", "yellow")
    return text


def _loads(survey: Survey) -> Iterator[Table]:
    """Providers, agents and models that have had something to do."""
    picture = survey.picture
    if picture is None:
        return
    for title, loads in (
        ("AGENT", picture.agents),
        ("PROVIDER", picture.providers),
        ("MODEL", picture.models),
    ):
        if loads:
            yield screen.table(
                (title, "IN FLIGHT", "DONE", "ERRORS", "TOKENS IN", "OUT", "LAST"), _rows(loads, survey.now)
            )


def _rows(loads: Sequence[Load], now: float) -> Iterator[tuple[str | Text, ...]]:
    for load in loads:
        yield (
            load.name,
            Text(str(load.in_flight or ""), "bold"),
            str(load.turns or ""),
            Text(str(load.errors or ""), "red"),
            str(load.input_tokens or ""),
            str(load.output_tokens or ""),
            f"{age(now - load.last)} ago" if load.last else "",
        )


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
