"""The gRPC service that a worker offers, whichever transport carries it."""

from typing import Final

from extproc.exchange.rules import Rules
from extproc.limits import GRPC_MESSAGE_OVERHEAD_BYTES

SERVICE: Final = "envoy.service.ext_proc.v3.ExternalProcessor"
METHOD: Final = f"/{SERVICE}/Process"


def message_bytes_max(rules: Rules) -> int:
    """The longest message either way: the longest body that a listener takes, and room around it."""
    body_bytes_max = max((listener.max_body_bytes for listener in rules.snapshot.listeners), default=0)
    return body_bytes_max + GRPC_MESSAGE_OVERHEAD_BYTES
