"""The environment a config is read in: the shell's variables over those of the ``.env`` beside the file."""

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from extproc.config.problems import ConfigError, Problem
from extproc.config.source import read

DIRECTORY: Final = "PLANO_CONFIG_DIR"
"""Where relative paths of a config start, for who reads a copy of it; else its own directory."""


def environment(path: Path, environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """`environ` (by default the process's) over the ``.env`` in the config's directory, if there is one.

    Raises `ConfigError` when the ``.env`` cannot be read or has a line that is no assignment.
    """
    shell = os.environ if environ is None else environ
    dotenv = path.parent / ".env"
    if not dotenv.is_file():
        return dict(shell)
    text = read(dotenv)
    problems = [
        Problem("", "is not a line such as NAME=value", binding.original.line, file=str(dotenv))
        for binding in parse_stream(StringIO(text))
        if binding.error
    ]
    if problems:
        raise ConfigError(str(dotenv), problems)
    assigned = dotenv_values(stream=StringIO(text))
    return {name: value for name, value in assigned.items() if value is not None} | dict(shell)
