"""Our messages of Envoy's access log say the same on the wire as Envoy's, as far as they go."""

import dataclasses

import pytest
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.data.accesslog import v3 as data
from envoy_data_plane.envoy.service.accesslog import v3 as service
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as pb
from extproc.state.access_log.flags import SHORT_NAMES

ENVOYS = {
    "StreamAccessLogsMessage": service.StreamAccessLogsMessage,
    "Identifier": service.StreamAccessLogsMessageIdentifier,
    "HTTPAccessLogEntries": service.StreamAccessLogsMessageHttpAccessLogEntries,
    "StreamAccessLogsResponse": service.StreamAccessLogsResponse,
    "HTTPAccessLogEntry": data.HttpAccessLogEntry,
    "AccessLogCommon": data.AccessLogCommon,
    "HTTPRequestProperties": data.HttpRequestProperties,
    "HTTPResponseProperties": data.HttpResponseProperties,
    "ResponseFlags": data.ResponseFlags,
    "Unauthorized": data.ResponseFlagsUnauthorized,
    "Metadata": core.Metadata,
    "Address": core.Address,
    "SocketAddress": core.SocketAddress,
    "Pipe": core.Pipe,
}
TOP = list(pb.DESCRIPTOR.message_types_by_name.values())
MESSAGES = TOP + [n for m in TOP for n in m.nested_types if not n.GetOptions().map_entry]
TYPES = {
    FieldDescriptor.TYPE_MESSAGE: "message",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}
MAPS = {"filter_state_objects", "filter_metadata", "response_headers"}


@pytest.mark.parametrize("ours", MESSAGES, ids=lambda message: message.name)
def test_every_field_has_the_number_and_type_of_envoys(ours: Descriptor) -> None:
    """A wrong number would be read as another field, or as none, without any error."""
    theirs = {f.name: f.metadata["betterproto"] for f in dataclasses.fields(ENVOYS[ours.name])}

    for field in ours.fields:
        kind = "map" if field.name in MAPS else TYPES[field.type]
        envoys = theirs[field.name]
        assert (envoys.number, envoys.proto_type) == (field.number, kind), field.full_name


def test_every_response_flag_that_envoy_has_is_read() -> None:
    """A new one would be an exchange that failed for no reason."""
    envoys = {field.name for field in dataclasses.fields(data.ResponseFlags)}

    assert envoys == set(pb.ResponseFlags.DESCRIPTOR.fields_by_name) == set(SHORT_NAMES)
