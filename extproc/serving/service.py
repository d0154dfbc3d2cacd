"""The gRPC service that a worker offers, whichever transport carries it."""

from typing import Final

from extproc.exchange.rules import Rules
from extproc.limits import GRPC_MESSAGE_OVERHEAD_BYTES, MIB

SERVICE: Final = "envoy.service.ext_proc.v3.ExternalProcessor"
METHOD: Final = f"/{SERVICE}/Process"


def message_bytes_max(rules: Rules) -> int:
    """The longest message we may get: room around twice the longest body that a listener takes.

    Twice, because of an answer to translate Envoy shows up to twice what it says it can hold, and that is as
    much as the listener's limit for requests, or 1 MiB.
    """
    return 2 * max(MIB, *rules.body_bytes_max.values()) + GRPC_MESSAGE_OVERHEAD_BYTES
