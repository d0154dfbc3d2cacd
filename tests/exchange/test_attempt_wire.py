"""Attempts on the wire: what Envoy tells of one, how it is told which there may be."""

from google.protobuf.struct_pb2 import Struct

from extproc._pb.plano.envoy.ext_proc.v1 import ext_proc_pb2 as pb
from extproc.exchange import wire
from extproc.exchange.messages import Attempt, Attempts, Headers, Rewrite
from extproc.exchange.phases import Phase
from extproc.testing.fake_messages import headers_message

ATTEMPTS = Attempts(("one.first", "two.twin"), ("a/x", "b/y"), ("first", "b/y"), ("x", "y"))


def struct(**values: object) -> Struct:
    made = Struct()
    made.update(values)  # type: ignore[arg-type]  # whatever a test says
    return made


def decoded(message: pb.ProcessingRequest) -> Headers:
    headers = wire.decode(message.SerializeToString())
    assert isinstance(headers, Headers)
    return headers


def message(phase: str = "request_headers", **attributes: object) -> pb.ProcessingRequest:
    made = headers_message(phase, {":status": b"200"}, end=False)
    if attributes:
        made.attributes["envoy.filters.http.ext_proc"].CopyFrom(struct(**attributes))
    return made


def test_a_stream_of_an_exchange_is_of_no_attempt() -> None:
    assert decoded(message()).attempt is None


def test_an_answer_says_which_attempt_it_is_of() -> None:
    told = message("response_headers", **{"upstream.request_attempt_count": 2})

    assert Attempt(2) == decoded(told).attempt


def test_attributes_that_say_nothing_of_an_attempt_are_passed_over() -> None:
    assert decoded(message(other="x")).attempt is None


def test_a_further_attempt_is_told_what_the_exchange_knew() -> None:
    """Values of every kind; the query of the client's path, which is in no log."""
    path = {"filter_state['plano.client.path']": "/v1/messages?beta=true"}
    told = message(**{"upstream.request_attempt_count": 3, **path})
    metadata = struct(listener="m", names=["a", "b"], replied=False, decided_ms=1.5, model=None)
    told.metadata_context.filter_metadata["plano"].CopyFrom(metadata)
    told.metadata_context.filter_metadata["plano.client"].CopyFrom(struct(request_id="r-1"))

    assert decoded(told).attempt == Attempt(
        3,
        {"listener": "m", "names": ("a", "b"), "replied": False, "decided_ms": 1.5, "model": None},
        "/v1/messages?beta=true",
        "r-1",
    )


def test_the_list_is_what_envoys_cluster_specifier_reads() -> None:
    rewrite = Rewrite(Phase.REQUEST_BODY, ((":path", b"/"),), metadata={"model": "x"}, attempts=ATTEMPTS)

    fields = pb.ProcessingResponse.FromString(wire.encode(rewrite)).dynamic_metadata.fields

    groups = fields["plano.order"].struct_value["priority_groups"]
    assert ["one.first", "two.twin"] == [group["clusters"][0]["cluster_name"] for group in groups]
    assert [1, 1] == [group["clusters"][0]["weight"] for group in groups]
    assert 2 == len({group["name"] for group in groups})


def test_the_list_stands_beside_the_other_metadata() -> None:
    rewrite = Rewrite(Phase.REQUEST_BODY, ((":path", b"/"),), metadata={"model": "x"}, attempts=ATTEMPTS)

    plano = pb.ProcessingResponse.FromString(wire.encode(rewrite)).dynamic_metadata.fields["plano"]

    assert "x" == plano.struct_value["model"]
    assert ["a/x", "b/y"] == list(plano.struct_value["names"])
    assert ["a/x", "a/x unanswered, b/y"] == list(plano.struct_value["trails"])


def test_metadata_can_be_unsaid() -> None:
    """What an earlier attempt said of itself is not true of this one."""
    rewrite = Rewrite(Phase.REQUEST_BODY, ((":path", b"/"),), metadata={"lost_fields": None})

    plano = pb.ProcessingResponse.FromString(wire.encode(rewrite)).dynamic_metadata.fields["plano"]

    assert "null_value" == plano.struct_value.fields["lost_fields"].WhichOneof("kind")
