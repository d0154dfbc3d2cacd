"""``planoctl reload`` as people read it."""

from rich.text import Text

from extproc.ctl import screen
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.record import Record
from extproc.ctl.reloading.told import Told


def show(record: Record, told: Told, *, check: bool) -> None:
    """What changed, or would. Raises `Failure`, after every problem was printed, if the config is no good."""
    if told.problems:
        _refuse(record, told)
    for warning in told.warnings:
        screen.warn(warning)
    for note in told.notes:
        screen.warn(note)
    result = f"{record.config} can be reloaded" if check else f"generation {told.generation} is in force"
    screen.out().print(
        Text.assemble(("✓ ", "bold green"), (result, "bold"), (f"  {told.seconds:.1f} s", "dim")),
        soft_wrap=True,
    )
    changes = told.changes
    for what, names in (
        ("added", changes.added),
        ("removed", changes.removed),
        ("changed", changes.changed),
    ):
        for name in names:
            screen.out().print(Text.assemble((f"  {what:<9}", "dim"), name), soft_wrap=True)
    if not (changes.added or changes.removed or changes.changed):
        screen.say("  nothing in it has changed", "dim")


def _refuse(record: Record, told: Told) -> None:
    stays = f"generation {told.generation} stays in force"
    if len(told.problems) == 1:
        raise Failure(told.problems[0], stays)
    for problem in told.problems:
        screen.error(problem)
    raise Failure(f"{record.config} cannot be used: {len(told.problems)} problems", stays)
