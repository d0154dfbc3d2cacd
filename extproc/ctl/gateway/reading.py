"""Reading a config for a command: every problem on the screen, or the snapshot."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from extproc.config.load import ConfigError, Loaded, environment, load
from extproc.config.snapshot import Listener, Snapshot
from extproc.ctl import screen
from extproc.ctl.failure import Failure


@dataclass(frozen=True, slots=True)
class Reading:
    """A config that can be used."""

    path: Path
    loaded: Loaded
    environ: Mapping[str, str]
    """What resolves its secrets."""

    @property
    def snapshot(self) -> Snapshot:
        """What it says."""
        return self.loaded.snapshot

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its author should know."""
        return tuple(map(str, self.loaded.warnings))

    @property
    def served(self) -> tuple[Listener, ...]:
        """The listeners that this version serves."""
        return tuple(listener for listener in self.snapshot.listeners if listener.served)


def read(path: Path, environ: Mapping[str, str] | None = None, *, require_secrets: bool = True) -> Reading:
    """Raises `Failure`, after every problem was printed, when the config cannot be used.

    `environ` ``None``: the process's over the ``.env`` beside the file.
    """
    with told():
        merged = environment(path) if environ is None else environ
        return Reading(path, load(path, merged, require_secrets=require_secrets), merged)


@contextmanager
def told() -> Iterator[None]:
    """What is wrong with a config, as a `Failure`; where it is several things, they are printed before."""
    try:
        yield
    except ConfigError as error:
        if len(error.problems) == 1:
            [problem] = error.problems
            raise Failure(str(replace(problem, hint=None)), problem.hint) from None
        for problem in error.problems:
            screen.error(str(problem))
        raise Failure(f"{error.file} cannot be used: {count(len(error.problems), 'problem')}") from None


def count(number: int, noun: str) -> str:
    """E.g. ``1 problem``, ``2 problems``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
