"""The rendered example in ``envoy/``: what the reference config becomes with the paths of an installation.

YAML, since it is there for people; what Envoy is given is JSON.
"""

from pathlib import Path
from typing import Final

import yaml

from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.render import render
from extproc.config.load import load

CONFIG: Final = Path("config/plano.yaml")
"""The config that is rendered."""
OUTPUT: Final = Path("envoy/bootstrap.yaml")
"""Where the example is kept."""
OPTIONS: Final = RenderOptions(
    extproc_sockets=("/run/plano/extproc-0.sock",),
    secrets_dir="/etc/plano/secrets",
    admin_port=9901,
    outbound_socket="/run/plano/outbound.sock",
)
"""Paths as a package of the gateway would have them."""

HEADING: Final = "# Made by `python -m extproc.bootstrap` from config/plano.yaml; see README.md.\n"


def reference(root: Path) -> str:
    """The text of the example, made from the config in the repository `root`."""
    snapshot = load(root / CONFIG, environ={}, require_secrets=False).snapshot
    bootstrap = render(snapshot, OPTIONS)
    return HEADING + yaml.safe_dump(bootstrap, sort_keys=False, allow_unicode=True, width=110)
