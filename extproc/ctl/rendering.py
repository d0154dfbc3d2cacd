"""Writing Envoy's bootstrap for ``planoctl render envoy``."""

import json
import sys
from pathlib import Path

from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.ctl import screen
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.reading import read

STANDARD_OUTPUT = Path("-")


def render_envoy(file: Path, output: Path, options: RenderOptions, *, with_secrets: bool) -> None:
    """Keys need be there only where they are written."""
    reading = read(file, require_secrets=with_secrets)
    for warning in reading.warnings:
        screen.warn(warning)
    text = json.dumps(render(reading.snapshot, options), indent=2) + "\n"
    if with_secrets:
        write_secrets(reading.snapshot, Path(options.secrets_dir), reading.environ)
    if output == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    if not output.parent.is_dir():
        raise Failure(f"{output.parent} is no folder", "make it first")
    output.write_text(text, encoding="utf-8")
    screen.note(f"wrote {output}" + (f" and {options.secrets_dir}" if with_secrets else ""))
