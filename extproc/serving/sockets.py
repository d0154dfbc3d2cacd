"""Names in the socket folder: what `plano-extproc`, Envoy's configuration and `planoctl` must agree on."""

from pathlib import Path
from typing import Final

WORKERS_FILE: Final = "workers.json"
"""What each worker is doing, kept by `plano-extproc`; see `extproc.supervise.child.ChildState.as_json`."""

OUTBOUND_SOCKET: Final = "outbound.sock"
"""Where Envoy listens for the workers' own calls."""

STATE_SOCKET: Final = "state.sock"
"""Where plano-state listens."""


def socket_paths(directory: Path, workers: int) -> tuple[Path, ...]:
    """``DIR/extproc-0.sock`` and so on, one a worker."""
    return tuple(directory / f"extproc-{number}.sock" for number in range(workers))
