"""Names in the socket folder: what `plano-extproc`, Envoy's configuration and `planoctl` must agree on."""

from pathlib import Path
from typing import Final

WORKERS_FILE: Final = "workers.json"
"""What each worker is doing, kept by `plano-extproc`; see `extproc.supervise.child.ChildState.as_json`."""

IN_FORCE_FILE: Final = "in-force.json"
"""The config that workers start with; see `extproc.serving.in_force`."""

OUTBOUND_SOCKET: Final = "outbound.sock"
"""Where Envoy listens for the workers' own calls."""

STATE_SOCKET: Final = "state.sock"
"""Where plano-state listens."""


def socket_paths(directory: Path, workers: int) -> tuple[Path, ...]:
    """``DIR/extproc-0.sock`` and so on, one a worker."""
    return tuple(directory / f"extproc-{number}.sock" for number in range(workers))


def control_path(socket: Path) -> Path:
    """Where the worker on `socket` is told what to do: ``DIR/control-0.sock``."""
    return socket.with_name(socket.name.replace("extproc", "control", 1))
