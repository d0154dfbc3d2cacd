"""What is wrong with a config, told all at once: each problem with its file, line and key path."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Where something stands in the YAML: ``("model_providers", 0, "model")``."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def key_path(path: KeyPath) -> str:
    """The path as people write it: ``model_providers[0].model``, ``model_aliases["arch.fast"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            quoted = step.encode("unicode_escape").decode("ascii").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One error or warning. No secret value stands in any of its fields."""

    path: str
    """Key path, empty where the file as a whole is meant."""
    message: str
    """One sentence without a full stop that continues the path: ``must be a whole number``."""
    line: int | None = None
    hint: str | None = None
    """What to do about it."""
    column: int | None = None
    file: str = ""

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part]
        parts = [":".join(place), self.path, self.message]
        return ": ".join(part for part in parts if part) + (f" ({self.hint})" if self.hint else "")


class ConfigError(Exception):
    """A config that cannot be used; `problems` holds everything that is wrong with it, by line."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        super().__init__(file, problems)
        self.file = file
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass(slots=True)
class Report:
    """Collects problems while a config is read."""

    file: str
    lines: dict[KeyPath, int] = field(default_factory=dict)
    """Line of every key path in the file."""
    errors: dict[Problem, None] = field(default_factory=dict)
    """In the order they were found, each once."""
    warnings: dict[Problem, None] = field(default_factory=dict)

    def error(self, path: KeyPath, message: str, hint: str | None = None) -> None:
        """Something that makes the config unusable."""
        self._add(self.errors, path, message, hint)

    def warn(self, path: KeyPath, message: str, hint: str | None = None) -> None:
        """Something that the author should know."""
        self._add(self.warnings, path, message, hint)

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest one around it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def failure(self) -> ConfigError:
        """Every error so far as one exception."""
        return ConfigError(self.file, _by_line(self.errors))

    def all_warnings(self) -> tuple[Problem, ...]:
        """Every warning so far."""
        return _by_line(self.warnings)

    def _add(self, problems: dict[Problem, None], path: KeyPath, message: str, hint: str | None) -> None:
        problems[Problem(key_path(path), message, self.line(path), hint, file=self.file)] = None


def _by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))
