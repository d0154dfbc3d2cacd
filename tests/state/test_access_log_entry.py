"""What an entry of Envoy's access log comes to."""

from typing import Any

import pytest
from google.protobuf.any_pb2 import Any as Packed

from extproc._pb.plano.envoy.accesslog.v1 import accesslog_pb2 as pb
from extproc.state.access_log.entry import EXT_PROC_FILTER, call_of, request_id_of, turn_of
from extproc.state.turn import Call, Latency, Turn, Usage
from tests.state.envoys_log import entry, struct

DECIDED = {
    "listener": "models",
    "operation": "chat",
    "provider": "openai/gpt-4o",
    "model": "gpt-4o",
    "route": "code",
    "routed_by": "embedded",
    "routing_ms": 1.25,
    "routing_reason": "It is about code.",
    "session_reason": "within_cap",
    "upstream_api": "anthropic_messages",
}


def whole() -> pb.HTTPAccessLogEntry:
    """One in which everything is said."""
    made = entry("r", attempts=3, cluster="openai", told=DECIDED)
    common = made.common_properties
    common.time_to_last_rx_byte.FromMilliseconds(10)
    common.time_to_first_upstream_tx_byte.FromMilliseconds(20)
    common.time_to_first_upstream_rx_byte.FromMilliseconds(520)
    common.time_to_first_downstream_tx_byte.FromMilliseconds(521)
    common.upstream_remote_address.socket_address.address = "10.0.0.1"
    common.upstream_remote_address.socket_address.port_value = 443
    common.response_flags.downstream_connection_termination = True
    common.response_flags.upstream_retry_limit_exceeded = True
    common.metadata.filter_metadata["plano.usage"].CopyFrom(struct({"input": 12.0, "output": 3.0}))
    packed = Packed()
    packed.Pack(struct({"request_header_latency_us": 250.0, "request_body_total_latency_us": 500.0}))
    common.filter_state_objects[EXT_PROC_FILTER].CopyFrom(packed)
    made.request.request_body_bytes = 100
    made.response.response_body_bytes = 2000
    return made


def test_everything_that_envoy_knows_is_read() -> None:
    """Times are milliseconds, numbers of metadata are doubles."""
    expected = Turn(
        request_id="r",
        began=1_700_000_000.25,
        ended=1_700_000_001.75,
        listener="models",
        path="/v1/chat/completions",
        operation="chat",
        provider="openai/gpt-4o",
        model="gpt-4o",
        upstream_api="anthropic_messages",
        route="code",
        routed_by="embedded",
        routing_reason="It is about code.",
        session="within_cap",
        status=200,
        usage=Usage(12, 3),
        latency=Latency(1500.0, 10.0, 521.0, 500.0, 1.25, 0.75),
        cluster="openai",
        upstream="10.0.0.1:443",
        attempts=3,
        flags=["DC", "URX"],
        request_bytes=100,
        response_bytes=2000,
    )

    assert expected == turn_of(whole(), "models")


@pytest.mark.parametrize(
    ("told", "agents"),
    [({"agent": "b"}, ["b"]), ({"agent": "b", "agents": "a,b"}, ["a", "b"]), ({}, [])],
    ids=["one", "several", "none"],
)
def test_agents_come_in_the_order_of_their_work(told: dict[str, Any], agents: list[str]) -> None:
    turn = turn_of(entry("r", told=told), "l")

    assert turn is not None
    assert agents == turn.agents


def test_an_error_of_ours_and_one_of_envoys_have_their_reasons() -> None:
    """An error of the provider's has none here: its status says it."""
    ours = entry("r", status=404, told={"replied": True, "reply": "model_not_found"})
    envoys = entry("r", status=503)
    envoys.response.response_headers["x-plano-reply"] = "unreachable"
    providers = entry("r", status=429, told=DECIDED)

    found = [turn_of(one, "l") for one in (ours, envoys, providers)]
    assert ["model_not_found", "unreachable", ""] == [turn.error_code for turn in found if turn]


@pytest.mark.parametrize(
    ("told", "path", "status"),
    [
        ({"replied": True, "reply": "health", "operation": "health"}, "/healthz", 200),
        ({}, "/healthz", 503),
        ({"replied": True, "reply": "models.list", "operation": "models.list"}, "/v1/models", 200),
    ],
    ids=["health", "health without us", "models"],
)
def test_what_concerns_nobody_but_us_is_no_turn(told: dict[str, Any], path: str, status: int) -> None:
    assert turn_of(entry("r", told=told, path=path, status=status), "l") is None


def test_tokens_counted_here_are_a_turn() -> None:
    """A provider was chosen, though nothing was sent to it."""
    told = {"replied": True, "reply": "count_tokens", "provider": "openai/gpt-4o"}

    assert turn_of(entry("r", told=told), "l") is not None


def test_without_the_kept_id_the_headers_holds() -> None:
    """A request that was refused before any HTTP filter saw it."""
    made = pb.HTTPAccessLogEntry()
    made.request.request_id = "from the header"

    assert "from the header" == request_id_of(made)
    assert Turn("from the header", listener="l") == turn_of(made, "l")


def test_addresses_are_written_as_people_write_them() -> None:
    made = entry("r")
    address = made.common_properties.upstream_remote_address
    address.socket_address.address = "::1"
    address.socket_address.port_value = 8000
    v6 = turn_of(made, "l")
    address.Clear()
    address.pipe.path = "/run/agent.sock"
    pipe = turn_of(made, "l")

    assert v6 is not None
    assert pipe is not None
    assert ("[::1]:8000", "/run/agent.sock") == (v6.upstream, pipe.upstream)


def test_a_call_by_the_outbound_listener() -> None:
    made = entry("r", cluster="agent_weather", status=0)
    made.common_properties.response_flags.upstream_connection_failure = True

    assert Call("agent_weather", 0, 1500.0, ["UF"]) == call_of(made)
