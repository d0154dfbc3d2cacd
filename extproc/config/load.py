"""A config file becomes a `Snapshot`, or every reason why it cannot.

    file ─ source ─▶ text ─ document ─▶ values + lines ─ check ─▶ View ─ rules, secrets ─▶ build ─▶ Snapshot

Each step reports into one `Report`, so that all errors are told at once.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extproc.config import pending, rules
from extproc.config.build.snapshot import snapshot
from extproc.config.check import check
from extproc.config.document import parse
from extproc.config.environment import DIRECTORY, environment
from extproc.config.files import check_files
from extproc.config.problems import ConfigError, Problem, Report
from extproc.config.secret_check import check_secrets, secret_names, store_secret_names
from extproc.config.snapshot import Snapshot
from extproc.config.source import read
from extproc.config.variables import Variables

__all__ = ["ConfigError", "Loaded", "Problem", "environment", "load", "loads"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config in force, and what its author should know."""

    snapshot: Snapshot
    warnings: tuple[Problem, ...]
    variables: frozenset[str] = frozenset()
    """Environment variables that stand in values that are no secrets: every process that loads needs them."""
    secret_variables: frozenset[str] = frozenset()
    """Environment variables that hold secrets: only who writes Envoy's secret files needs them."""
    store_variables: frozenset[str] = frozenset()
    """Those of them that belong to stores: plano-state needs them."""


def load(
    path: Path,
    environ: Mapping[str, str] | None = None,
    *,
    generation: int = 1,
    require_secrets: bool = True,
) -> Loaded:
    """Read a config file.

    `environ` ``None`` means the process's environment over the ``.env`` beside the file (`environment`).
    Without `require_secrets` nothing is asked of secrets and certificate files but their form: a worker holds
    no keys. Variables in other values (a port, a ``base_url``) are always needed: without them the process
    would not know what the others serve. Relative paths start at the file's directory, or at that which
    ``PLANO_CONFIG_DIR`` names.

    Raises `ConfigError` with everything that is wrong.
    """
    text = read(path)
    merged = environment(path) if environ is None else environ
    return loads(
        text,
        merged,
        file=str(path),
        directory=Path(merged.get(DIRECTORY) or path.parent),
        generation=generation,
        require_secrets=require_secrets,
    )


def loads(
    text: str,
    environ: Mapping[str, str] | None = None,
    *,
    file: str = "config.yaml",
    directory: Path | None = None,
    generation: int = 1,
    require_secrets: bool = True,
) -> Loaded:
    """As `load`, from text; relative paths start at `directory`, by default the current one."""
    environ = os.environ if environ is None else environ
    directory = (directory or Path()).absolute()
    report, variables = Report(file), Variables(environ)
    document = parse(text, report)
    view = check(document, variables, report)
    if view is not None:
        rules.apply(view, report)
        check_secrets(view, report, directory, environ if require_secrets else None)
        if require_secrets:
            check_files(view, report, directory)
    if view is None or report.errors:
        raise report.failure()
    pending.warn(document, report)
    return Loaded(
        snapshot(view, directory, generation),
        report.all_warnings(),
        frozenset(variables.used),
        secret_names(view),
        store_secret_names(view),
    )
