"""Attempts on the wire: what Envoy tells of one, and how it is told which there may be."""

from functools import lru_cache
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange.messages import NO_METADATA, Attempt, Attempts
from extproc.headers import CLIENT_NAMESPACE, CLIENT_PATH_STATE, METADATA_NAMESPACE, ORDER_NAMESPACE

_NUMBER = "upstream.request_attempt_count"
_CLIENT_PATH = f"filter_state['{CLIENT_PATH_STATE}']"
UNANSWERED = "unanswered"
"""In place of a status."""


def attempt_of(request: pb.ProcessingRequest) -> Attempt | None:
    """Read the attributes, and on a twin's stream the metadata, of a message that has some."""
    fields = next(iter(request.attributes.values())).fields
    if _NUMBER not in fields:
        return None
    number = int(fields[_NUMBER].number_value)
    namespaces = request.metadata_context.filter_metadata
    if METADATA_NAMESPACE not in namespaces:
        return Attempt(number)
    told = {key: _plain(value) for key, value in namespaces[METADATA_NAMESPACE].fields.items()}
    client = namespaces[CLIENT_NAMESPACE].fields if CLIENT_NAMESPACE in namespaces else {}
    request_id = client["request_id"].string_value if "request_id" in client else ""
    path = fields[_CLIENT_PATH].string_value if _CLIENT_PATH in fields else ""
    return Attempt(number, told or NO_METADATA, path, request_id)


def put_attempts(response: pb.ProcessingResponse, attempts: Attempts) -> None:
    """The clusters in their order, and what is said of the attempts in headers and logs."""
    order, told = _encoded(attempts)
    namespaces = response.dynamic_metadata.fields
    namespaces[ORDER_NAMESPACE].struct_value.MergeFromString(order)
    namespaces[METADATA_NAMESPACE].struct_value.MergeFromString(told)


def trails(names: tuple[str, ...]) -> list[str]:
    """For each attempt: it by name, behind those before it, as if nobody had answered them.

    What was answered Envoy puts in their place (`bootstrap.attempt_filters`).
    """
    return [f" {UNANSWERED}, ".join(names[: index + 1]) for index in range(len(names))]


@lru_cache(maxsize=1024)
def _encoded(attempts: Attempts) -> tuple[bytes, bytes]:
    """Most requests have one of a few lists: each is written once."""
    groups: list[Any] = [
        {"name": f"attempt-{index}", "clusters": [{"cluster_name": cluster, "weight": 1}]}
        for index, cluster in enumerate(attempts.clusters, 1)
    ]
    order, told = Struct(), Struct()
    order.update({"priority_groups": groups})
    told.update(
        {
            "names": list(attempts.names),
            "providers": list(attempts.providers),
            "models": list(attempts.models),
            "trails": trails(attempts.names),
        }
    )
    return order.SerializeToString(), told.SerializeToString()


def _plain(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return tuple(map(_plain, value.list_value.values))
        case _:
            return None
