"""Our protos say the same on the wire as Envoy's, as far as they go."""

import dataclasses
import importlib.resources
import subprocess
import sys
from pathlib import Path

import pytest
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.extensions.filters.http.ext_proc import v3 as filters
from envoy_data_plane.envoy.service.ext_proc import v3 as ext_proc
from envoy_data_plane.envoy.type import v3 as types
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb

ROOT = Path(__file__).parents[2]
ENVOYS = {
    "HeaderValue": core.HeaderValue,
    "HeaderMap": core.HeaderMap,
    "Metadata": core.Metadata,
    "HeaderValueOption": core.HeaderValueOption,
    "HttpStatus": types.HttpStatus,
    "ProcessingMode": filters.ProcessingMode,
}
MESSAGES = list(pb.DESCRIPTOR.message_types_by_name.values())
# The one enum we read as a number: Envoy's StatusCode has no name for some codes that are valid HTTP.
AS_NUMBERS = {"HttpStatus.code"}
MAPS = {"attributes", "filter_metadata"}


def wire_type(field: FieldDescriptor) -> str:
    return {
        FieldDescriptor.TYPE_MESSAGE: "message",
        FieldDescriptor.TYPE_BYTES: "bytes",
        FieldDescriptor.TYPE_STRING: "string",
        FieldDescriptor.TYPE_BOOL: "bool",
        FieldDescriptor.TYPE_ENUM: "enum",
        FieldDescriptor.TYPE_INT32: "int32",
    }[field.type]


@pytest.mark.parametrize("ours", MESSAGES, ids=lambda d: d.name)
def test_every_field_has_the_number_and_type_of_envoys(ours: Descriptor) -> None:
    """A wrong number would be read as another field, or as none, without any error."""
    envoys = ENVOYS.get(ours.name) or getattr(ext_proc, ours.name)
    fields = {f.name: f.metadata["betterproto"] for f in dataclasses.fields(envoys)}

    for field in ours.fields:
        theirs = fields[field.name]
        kind = "map" if field.name in MAPS else wire_type(field)
        expected = "int32" if f"{ours.name}.{field.name}" in AS_NUMBERS else theirs.proto_type

        assert theirs.number == field.number, field.full_name
        assert expected == kind, field.full_name


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (pb.HeaderValueOption.HeaderAppendAction, core.HeaderValueOptionHeaderAppendAction),
        (pb.ProcessingMode.HeaderSendMode, filters.ProcessingModeHeaderSendMode),
        (pb.ProcessingMode.BodySendMode, filters.ProcessingModeBodySendMode),
        (pb.CommonResponse.ResponseStatus, ext_proc.CommonResponseResponseStatus),
    ],
    ids=lambda enum: getattr(enum, "__name__", ""),
)
def test_every_enum_value_has_the_number_of_envoys(ours: object, theirs: type) -> None:
    """Enums cross the wire as numbers."""
    for name, number in ours.items():  # type: ignore[attr-defined]  # an EnumTypeWrapper
        assert theirs[name].value == number


def test_the_committed_code_is_what_the_compiler_makes_of_the_protos(tmp_path: Path) -> None:
    """`make proto` was run after the last change."""
    protos = ROOT / "protos"
    files = [str(path.relative_to(protos)) for path in protos.rglob("*.proto")]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={protos}"]
    outputs = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"]
    subprocess.run([*command, *outputs, *files], check=True, cwd=protos)

    committed = Path(str(importlib.resources.files("extproc._pb")))
    for made in tmp_path.rglob("*_pb2.py*"):
        assert made.read_text() == (committed / made.relative_to(tmp_path)).read_text()
