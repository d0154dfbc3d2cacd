"""The record of an exchange: the same by gRPC and JSON, and what makes it a failure."""

import msgspec
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.state import load, turn
from extproc.state.listing import Wanted
from extproc.state.messages import picture_message, turn_message
from extproc.state.turn import Call, Latency, Turn, Usage

PAIRS = [
    (Turn, pb.Turn),
    (Usage, pb.Usage),
    (Latency, pb.Latency),
    (Call, pb.Call),
    (load.Picture, pb.Picture),
    (load.Load, pb.Load),
    (load.Reporter, pb.Reporter),
    (load.Cooling, pb.Cooling),
    (load.AccessLog, pb.AccessLog),
    (load.StoreHealth, pb.StoreHealth),
    (Wanted, pb.ListTurnsRequest),
]
NUMBERS = {FieldDescriptor.TYPE_DOUBLE: 1.5, FieldDescriptor.TYPE_UINT32: 7, FieldDescriptor.TYPE_UINT64: 7}


@pytest.mark.parametrize(("ours", "message"), PAIRS, ids=lambda of: getattr(of, "__name__", ""))
def test_a_value_has_the_fields_of_its_message(ours: type[msgspec.Struct], message: type) -> None:
    """They are made of one another by name; the proto has the comments."""
    assert [field.name for field in message.DESCRIPTOR.fields] == list(ours.__struct_fields__)  # type: ignore[attr-defined]


def filled(message: Descriptor) -> dict[str, object]:
    """A value for every field of a message."""

    def one(field: FieldDescriptor) -> object:
        if field.message_type:
            return filled(field.message_type)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return True
        return NUMBERS.get(field.type, f"some {field.name}")

    return {f.name: [one(f)] if f.is_repeated else one(f) for f in message.fields}


def test_a_turn_crosses_whole() -> None:
    """As JSON in a store, and as a message."""
    values = filled(pb.Turn.DESCRIPTOR)
    record = msgspec.convert(values, Turn)

    assert pb.Turn(**values) == turn_message(record)
    assert record == turn.decode(turn.encode(record))


def test_a_picture_crosses_whole() -> None:
    values = filled(pb.Picture.DESCRIPTOR)

    assert pb.Picture(**values) == picture_message(msgspec.convert(values, load.Picture))


def test_a_turn_that_cannot_be_read_is_none() -> None:
    """Another version may have written it."""
    assert turn.decode(b'{"request_id": 7}') is None
    assert turn.decode(b"\xff") is None


@pytest.mark.parametrize(
    ("record", "failed"),
    [
        (Turn("r", ending="routed", status=200), False),
        (Turn("r", ending="routed"), False),
        (Turn("r", ending="routed", status=429), True),
        (Turn("r", status=503, flags=["UF"]), True),
        (Turn("r", ending="routed", status=200, flags=["DC"]), False),
        (Turn("r", ending="routed", status=200, flags=["UC"]), True),
        (Turn("r", ending="replied", error_code="model_not_found", status=404), True),
        (Turn("r", ending="failed"), True),
        (Turn("r", ending="aborted"), False),
    ],
    ids=["ok", "nobody knows", "429", "503", "client left", "cut", "ours", "fault", "aborted"],
)
def test_a_turn_failed_if_its_client_did_not_get_what_it_wanted(record: Turn, failed: bool) -> None:
    """A client that goes away wanted nothing more."""
    record.judge()

    assert failed == record.failed
