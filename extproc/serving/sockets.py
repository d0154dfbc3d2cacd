"""Names of the workers' sockets: what `plano-extproc` and Envoy's configuration must agree on."""

from pathlib import Path


def socket_paths(directory: Path, workers: int) -> tuple[Path, ...]:
    """``DIR/extproc-0.sock`` and so on, one a worker."""
    return tuple(directory / f"extproc-{number}.sock" for number in range(workers))
