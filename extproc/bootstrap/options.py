"""Where the processes around Envoy have their sockets and files: what a bootstrap needs beside a snapshot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Paths and ports of one installation; nothing of it is part of a user's config."""

    extproc_sockets: tuple[str, ...]
    """Unix sockets of the ext_proc workers."""
    secrets_dir: str
    """The folder that `extproc.bootstrap.secrets.write_secrets` fills and Envoy watches."""
    admin_port: int
    """Port of Envoy's admin interface, on 127.0.0.1."""
    access_log_path: str = "/dev/stdout"
    """File of the JSON access log."""
    outbound_socket: str | None = None
    """Unix socket by which the workers reach providers and agents; ``None``: they do not."""
    state_socket: str | None = None
    """Unix socket of plano-state, which is told of each request; ``None``: there is none."""
    node_id: str = "plano"
    """Envoy's ``node.id``: how it names itself to collectors."""
