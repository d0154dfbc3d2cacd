"""The proto of the state service keeps to what buf asks of one, and to what it once said."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from extproc._pb.plano.state.v1 import state_pb2 as pb

PROTOS = Path(__file__).parents[2] / "protos"
FILE = "plano/state/v1/state.proto"
SAID = Path(__file__).parents[1] / "golden" / "protos" / "state_v1.txt"

PASCAL = re.compile(r"([A-Z][a-z0-9]*)+")
LOWER_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Numbers of fields in descriptor.proto, of which the places of comments are made.
MESSAGE, SERVICE, FIELD, METHOD = 4, 6, 2, 2


@pytest.fixture(scope="module")
def proto(tmp_path_factory: pytest.TempPathFactory) -> FileDescriptorProto:
    """The file, with its comments."""
    out = tmp_path_factory.mktemp("proto") / "set"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={PROTOS}", "--include_source_info"]
    subprocess.run([*command, f"--descriptor_set_out={out}", FILE], check=True)
    return FileDescriptorSet.FromString(out.read_bytes()).file[0]


@pytest.mark.parametrize("path", sorted(PROTOS.rglob("*.proto")), ids=lambda path: path.stem)
def test_a_package_is_called_as_its_folder_and_has_a_version(path: Path) -> None:
    """PACKAGE_DIRECTORY_MATCH, PACKAGE_VERSION_SUFFIX."""
    found = re.search(r"^package ([\w.]+);$", path.read_text(), re.MULTILINE)

    assert found is not None
    assert found[1] == str(path.parent.relative_to(PROTOS)).replace("/", ".")
    assert re.search(r"\.v\d+$", found[1])


def test_names_are_as_everywhere(proto: FileDescriptorProto) -> None:
    """MESSAGE_PASCAL_CASE, FIELD_LOWER_SNAKE_CASE, RPC_PASCAL_CASE, SERVICE_SUFFIX."""
    names = [m.name for m in proto.message_type] + [r.name for s in proto.service for r in s.method]
    fields = [field.name for message in proto.message_type for field in message.field]

    assert [] == [name for name in names if not PASCAL.fullmatch(name)]
    assert [] == [name for name in fields if not LOWER_SNAKE.fullmatch(name)]
    assert ["StateService"] == [service.name for service in proto.service]


def test_every_call_has_a_request_and_an_answer_of_its_own(proto: FileDescriptorProto) -> None:
    """RPC_REQUEST_STANDARD_NAME, RPC_RESPONSE_STANDARD_NAME: any may get fields that others do not need."""
    calls = [
        (method.name, method.input_type.rsplit(".", 1)[1], method.output_type.rsplit(".", 1)[1])
        for service in proto.service
        for method in service.method
    ]

    assert [(name, f"{name}Request", f"{name}Response") for name, _, _ in calls] == calls


def test_nothing_nests_and_repeated_fields_are_plural(proto: FileDescriptorProto) -> None:
    """Flat messages are those that other languages make good names of."""
    repeated = [
        field.name
        for message in proto.message_type
        for field in message.field
        if field.label == FieldDescriptorProto.LABEL_REPEATED
    ]

    assert [] == [message.name for message in proto.message_type if message.nested_type]
    assert [] == [name for name in repeated if not name.endswith("s")]


def places(proto: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Everything that wants a comment, by its place in the file (SourceCodeInfo)."""
    for i, message in enumerate(proto.message_type):
        yield (MESSAGE, i), message.name
        for j, field in enumerate(message.field):
            yield (MESSAGE, i, FIELD, j), f"{message.name}.{field.name}"
    for i, service in enumerate(proto.service):
        yield (SERVICE, i), service.name
        for j, method in enumerate(service.method):
            yield (SERVICE, i, METHOD, j), method.name


def test_everything_has_a_comment(proto: FileDescriptorProto) -> None:
    """COMMENT_MESSAGE, COMMENT_FIELD, COMMENT_SERVICE, COMMENT_RPC."""
    told = {tuple(at.path) for at in proto.source_code_info.location if at.leading_comments.strip()}

    assert [] == [name for place, name in places(proto) if place not in told]


def surface() -> list[str]:
    """A line for each thing that others rely on."""
    lines = []
    for message in pb.DESCRIPTOR.message_types_by_name.values():
        for field in message.fields:
            kind = (
                field.message_type.name if field.message_type else FieldDescriptorProto.Type.Name(field.type)
            )
            many = "repeated " if field.is_repeated else ""
            lines.append(f"{message.name}.{field.name} = {field.number} {many}{kind}")
    for service in pb.DESCRIPTOR.services_by_name.values():
        methods: Any = service.methods
        lines += [f"{service.name}.{m.name}({m.input_type.name}) {m.output_type.name}" for m in methods]
    return lines


def test_what_was_once_said_still_holds() -> None:
    """FIELD_SAME_NAME, FIELD_SAME_TYPE, FIELD_NO_DELETE and the like: v1 only grows.

    A new field is written down in the golden file when it is added; what is there is not changed.
    """
    said = SAID.read_text().splitlines()

    assert [] == sorted(set(said) - set(surface()))
    assert [] == sorted(set(surface()) - set(said)), "add these lines to the golden file"
