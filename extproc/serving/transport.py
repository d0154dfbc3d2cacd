"""The two transports under the exchange, and the choice between them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # whoever only names a transport need not load what is served by it
    from extproc.serving.current import Current


class Transport(StrEnum):
    """The values of ``--transport``."""

    HTTP2 = "http2"
    """`extproc.serving.http2`: ours, for this one service; the default."""
    GRPC = "grpc"
    """`extproc.serving.server`: grpc.aio, the reference that ours is tested against."""


class Server(Protocol):
    """Serves exchanges on one Unix socket."""

    socket_path: str

    async def start(self) -> None:
        """Listen, and say SERVING; raises `RuntimeError` when the socket cannot be bound."""

    async def drain(self, deadline_s: float) -> None:
        """Say NOT_SERVING, let Envoy notice, let the exchanges in flight end; at most `deadline_s`."""


def server_of(transport: Transport, socket_path: str, current: "Current") -> Server:
    """Not started yet. Imports the chosen transport alone: grpc.aio takes time and memory, and threads."""
    match transport:
        case Transport.HTTP2:
            from extproc.serving.http2.server import Server as Http2Server  # noqa: PLC0415  see above

            return Http2Server(socket_path, current)
        case Transport.GRPC:
            from extproc.serving.server import Server as GrpcServer  # noqa: PLC0415  see above

            return GrpcServer(socket_path, current)
