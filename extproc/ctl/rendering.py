"""Writing Envoy's bootstrap for ``planoctl render envoy``."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from extproc.bootstrap.render import RenderOptions, render
from extproc.bootstrap.secrets import write_secrets
from extproc.ctl import screen
from extproc.ctl.failure import Failure
from extproc.ctl.gateway.reading import read
from extproc.serving.sockets import OUTBOUND_SOCKET

STANDARD_OUTPUT = Path("-")


def render_envoy(file: Path, output: Path, options: RenderOptions, *, with_secrets: bool) -> None:
    """Keys need be there only where they are written. The workers' way out is beside the first worker."""
    reading = read(file, require_secrets=with_secrets)
    for warning in reading.warnings:
        screen.warn(warning)
    way_out = Path(options.extproc_sockets[0]).with_name(OUTBOUND_SOCKET)
    bootstrap = render(reading.snapshot, replace(options, outbound_socket=str(way_out)))
    text = json.dumps(bootstrap, indent=2) + "\n"
    if with_secrets:
        write_secrets(reading.snapshot, Path(options.secrets_dir), reading.environ)
    if output == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    if not output.parent.is_dir():
        raise Failure(f"{output.parent} is no folder", "make it first")
    output.write_text(text, encoding="utf-8")
    screen.note(f"wrote {output}" + (f" and {options.secrets_dir}" if with_secrets else ""))
