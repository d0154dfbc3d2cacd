"""The access log: one JSON object a request, with null for what does not apply.

Without headers, bodies and queries, which may hold secrets or people's words.
"""

from types import MappingProxyType
from typing import Final

from envoy_data_plane.envoy.config.accesslog.v3 import AccessLog
from envoy_data_plane.envoy.config.core.v3 import SubstitutionFormatString
from envoy_data_plane.envoy.extensions.access_loggers.file.v3 import FileAccessLog
from envoy_data_plane.google.protobuf import Struct

from extproc import headers
from extproc.bootstrap.client_facts import PATH, REQUEST_ID
from extproc.bootstrap.ext_proc import FILTER
from extproc.bootstrap.operators import client, decided, filter_state_field, literal, of_this_attempt
from extproc.bootstrap.typed import pack

FIELDS: Final = MappingProxyType(
    {
        "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
        "request_id": client(REQUEST_ID),
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "user_agent": "%REQ(USER-AGENT)%",
        "protocol": "%PROTOCOL%",
        "method": "%REQ(:METHOD)%",
        "path": client(PATH),
        "operation": decided("operation"),
        "provider": decided("provider"),
        "model": decided("model"),
        # What chose, and how long that took: an agent listener's router, or one for routing preferences.
        "agent": decided("agent"),
        "agents": decided("agents"),
        "agents_skipped": decided("agents_skipped"),
        "route": decided("route"),
        "router_stage": decided("routed_by"),
        "router_ms": decided("routing_ms"),
        "router_reason": decided("routing_reason"),
        # Why a conversation stayed at its model or left it, and where it would have gone without a budget.
        "session_reason": decided("session_reason"),
        "counterfactual": decided("counterfactual"),
        # Where the provider does not speak the client's API.
        "upstream_api": decided("upstream_api"),
        "lost_fields": decided("lost_fields"),
        "cluster": "%UPSTREAM_CLUSTER_RAW%",
        "upstream": "%UPSTREAM_HOST%",
        "upstream_path": "%PATH(NQ:PATH)%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        # Of a request that may have several: the targets up to the last, and those that answered, and when.
        "tried": of_this_attempt("trails", typed=True),
        "failures": decided("failures"),
        "status": "%RESPONSE_CODE%",
        # Why we or Envoy answered, when the provider did not.
        "reply": f"%RESP({headers.REPLY})%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "upstream_failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        "request_bytes": "%BYTES_RECEIVED%",
        "response_bytes": "%BYTES_SENT%",
        # Where the time went. Since the request began:
        "duration_ms": "%DURATION%",
        "request_received_ms": "%REQUEST_DURATION%",
        "first_byte_ms": "%RESPONSE_DURATION%",
        # Each by itself:
        "extproc_headers_us": filter_state_field(FILTER, "request_header_latency_us"),
        "extproc_body_us": filter_state_field(FILTER, "request_body_total_latency_us"),
        # Until a connection was there: 0 where one was open already.
        "upstream_connect_ms": "%UPSTREAM_CONNECTION_POOL_READY_DURATION%",
        "upstream_first_byte_us": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:us)%",
    }
)
"""Key → command operator."""


def access_log(listener: str, path: str) -> AccessLog:
    """The log of one listener, appended to the file `path`."""
    line = Struct.from_dict({"listener": literal(listener), **FIELDS})
    return AccessLog(
        name="envoy.access_loggers.file",
        typed_config=pack(FileAccessLog(path=path, log_format=SubstitutionFormatString(json_format=line))),
    )
