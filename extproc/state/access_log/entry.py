"""What one entry of Envoy's access log says."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as pb
from extproc.headers import CLIENT_NAMESPACE, METADATA_NAMESPACE, REPLY, USAGE_NAMESPACE
from extproc.state.access_log.flags import short
from extproc.state.turn import Call, Latency, Turn, Usage

EXT_PROC_FILTER: Final = "envoy.filters.http.ext_proc/plano"
"""Under which name Envoy tells how long it waited for the external processor."""

_TEXTS: Final = {
    **{name: name for name in ("operation", "provider", "model", "route", "routed_by", "routing_reason")},
    "upstream_api": "upstream_api",
    "session_reason": "session",
}
"""What the external processor told Envoy: its names, and those of a turn."""

_USAGE: Final = ("input", "output", "cache_read", "cache_creation", "reasoning")
"""What Envoy has read of tokens, in the order of the fields of `Usage`."""

_NOT_TURNS: Final = ("/healthz",)

Values = Mapping[str, Any]


def request_id_of(entry: pb.HTTPAccessLogEntry) -> str:
    """As the external processor knows it; ``""``: there is none.

    The header itself is taken from requests before they leave, so an HTTP filter has kept it.
    """
    kept = _metadata(entry, CLIENT_NAMESPACE).get("request_id")
    return str(kept) if kept else entry.request.request_id or entry.common_properties.stream_id


def turn_of(entry: pb.HTTPAccessLogEntry, listener: str) -> Turn | None:
    """What it says of a client's request at `listener`; ``None`` for one that nobody but us was asked.

    Those are health checks and lists of models.
    """
    told, client = _metadata(entry, METADATA_NAMESPACE), _metadata(entry, CLIENT_NAMESPACE)
    common, status = entry.common_properties, entry.response.response_code.value
    path = str(client.get("path", ""))
    if path in _NOT_TURNS or (told.get("replied") and status < 400 and "provider" not in told):
        return None
    began = common.start_time.seconds + common.start_time.nanos / 1e9
    turn = Turn(
        request_id=request_id_of(entry),
        began=began,
        ended=began + _ms(common.duration) / 1000,
        listener=listener,
        path=path,
        status=status,
        error_code=_error(entry, told) if status >= 400 else "",
        agents=_agents(told),
        usage=_usage(entry),
        latency=_latency(entry),
        cluster=common.upstream_cluster,
        upstream=_address(common.upstream_remote_address),
        attempts=common.upstream_request_attempt_count,
        flags=short(common.response_flags),
        request_bytes=entry.request.request_body_bytes,
        response_bytes=entry.response.response_body_bytes,
    )
    for name, field in _TEXTS.items():
        if value := told.get(name):
            setattr(turn, field, str(value))
    return turn


def call_of(entry: pb.HTTPAccessLogEntry) -> Call:
    """What it says of a call by the outbound listener."""
    common = entry.common_properties
    return Call(
        cluster=common.upstream_cluster,
        status=entry.response.response_code.value,
        took_ms=_ms(common.duration),
        flags=short(common.response_flags),
    )


def _metadata(entry: pb.HTTPAccessLogEntry, namespace: str) -> Values:
    by_namespace = entry.common_properties.metadata.filter_metadata
    return _values(by_namespace[namespace]) if namespace in by_namespace else {}


def _values(struct: Struct) -> Values:
    return {name: getattr(value, str(value.WhichOneof("kind"))) for name, value in struct.fields.items()}


def _error(entry: pb.HTTPAccessLogEntry, told: Values) -> str:
    """Why we or Envoy answered in the place of a provider; its own errors have no code here."""
    return str(told.get("reply") or entry.response.response_headers.get(REPLY, ""))


def _agents(told: Values) -> list[str]:
    agents = told.get("agents") or told.get("agent") or ""
    return str(agents).split(",") if agents else []


def _usage(entry: pb.HTTPAccessLogEntry) -> Usage | None:
    told = _metadata(entry, USAGE_NAMESPACE)
    if not any(isinstance(told.get(key), float) for key in _USAGE):
        return None
    read, written, cached, kept, thought = (int(told.get(key) or 0) for key in _USAGE)
    return Usage(read, written, cached, kept, thought)


def _latency(entry: pb.HTTPAccessLogEntry) -> Latency:
    common = entry.common_properties
    sent = _stage(common, "time_to_first_upstream_tx_byte")
    came = _stage(common, "time_to_first_upstream_rx_byte")
    routing = _metadata(entry, METADATA_NAMESPACE).get("routing_ms")
    return Latency(
        total_ms=_stage(common, "duration"),
        request_ms=_stage(common, "time_to_last_rx_byte"),
        first_byte_ms=_stage(common, "time_to_first_downstream_tx_byte"),
        upstream_first_byte_ms=None if sent is None or came is None else round(came - sent, 3),
        routing_ms=routing if isinstance(routing, float) else None,
        extproc_ms=_extproc_ms(common),
    )


def _stage(common: pb.AccessLogCommon, name: str) -> float | None:
    length: Duration = getattr(common, name)
    return _ms(length) if common.HasField(name) else None


def _extproc_ms(common: pb.AccessLogCommon) -> float | None:
    state, timings = common.filter_state_objects, Struct()
    if EXT_PROC_FILTER not in state or not state[EXT_PROC_FILTER].Unpack(timings):
        return None
    values = _values(timings)
    names = ("request_header_latency_us", "request_body_total_latency_us")
    spent = [values[name] for name in names if isinstance(values.get(name), float)]
    return round(sum(spent) / 1000, 3) if spent else None


def _ms(length: Duration) -> float:
    return round(length.seconds * 1000 + length.nanos / 1e6, 3)


def _address(address: pb.Address) -> str:
    if not address.HasField("socket_address"):
        return address.pipe.path
    host, port = address.socket_address.address, address.socket_address.port_value
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
