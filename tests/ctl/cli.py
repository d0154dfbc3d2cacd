"""planoctl in a home and a folder of its own: called, or as a process."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from extproc.ctl import screen
from extproc.ctl.main import run

PLANOCTL = Path(sys.executable).with_name("planoctl")

TIMEOUT_S = 90.0

KEPT = ("PATH", "LANG", "TMPDIR", "PYTHONPATH")
"""Variables of the tester; the last, so that the programs are of the same tree as the test."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs planoctl in `folder`, in an environment without the tester's own keys and settings."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Its PLANO_HOME."""
        return self.folder / "home"

    @property
    def env(self) -> dict[str, str]:
        """The whole environment."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        wide = {"COLUMNS": "120", "PLANO_HOME": str(self.home), "HOME": str(self.folder)}
        return kept | wide | dict(self.environ)

    def __call__(self, *arguments: str, stdin: str = "") -> Result:
        """In this process: for commands that start nothing."""
        out, err = io.StringIO(), io.StringIO()
        for console in (screen.out, screen.err):
            console.cache_clear()  # they know the width of the terminal they were made for
        with (
            mock.patch.dict(os.environ, self.env, clear=True),
            mock.patch("sys.stdin", io.StringIO(stdin)),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(arguments)
        return Result(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str) -> Result:
        """As a process, until it ends."""
        done = subprocess.run(
            [PLANOCTL, *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command that stays; its standard output can be read."""
        return subprocess.Popen(
            [PLANOCTL, *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def with_environ(self, **environ: str) -> "Cli":
        """The same with more variables."""
        return Cli(self.folder, {**self.environ, **environ})


def config(port: int, *, key: str = "$OPENAI_API_KEY", extra: Sequence[str] = ()) -> str:
    """A listener on `port` and one provider."""
    lines = [
        "version: v0.4.0",
        "listeners:",
        "  - name: llm",
        "    type: model",
        "    address: 127.0.0.1",
        f"    port: {port}",
        "model_providers:",
        "  - model: openai/gpt-4o",
        f"    access_key: {key}",
        "    default: true",
        *extra,
    ]
    return "\n".join(lines) + "\n"
