"""What an event says of an exchange."""

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.dialects import operations
from extproc.errors import ModelNotFound
from extproc.exchange.messages import Headers
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.phases import Phase
from extproc.exchange.request import Request
from extproc.llm.response import Usage
from extproc.routing.models import Target
from extproc.stateclient.telling import end, tell, worth_telling
from extproc.testing.builders import a_provider

CHAT = operations.match("POST", "/v1/chat/completions")
TRACE = "0af7651916cd43dd8448eb211c80319c"


def a_request(path: str = "/v1/chat/completions", **values: bytes) -> Request:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    headers = Headers(Phase.REQUEST_HEADERS, named, end_of_stream=False)
    return Request("POST", path, "r", "models", True, headers, 1000.0)


def told(request: Request, outcome: Outcome, tenant_header: str | None = None) -> pb.Exchange:
    event = pb.Event()
    tell(event, request, outcome, tenant_header, 1001.0)
    assert ("r", 1001.0, 1000.0) == (event.request_id, event.at, event.exchange.began)
    event.exchange.began = 0.0
    return event.exchange


def test_where_a_request_goes_and_why() -> None:
    """All of it."""
    gpt, claude = a_provider("openai/gpt-4o"), a_provider("anthropic/claude-house-1")
    outcome = Outcome(
        Ending.ROUTED,
        target=Target(claude, "claude-house-1"),
        operation=CHAT,
        told={
            "upstream_api": "anthropic_messages",
            "routed_by": "embedded",
            "routing_ms": 1.5,
            "routing_reason": "It is about code.",
            "route": "code",
            "session_reason": "cold",
        },
        alternatives=(Target(gpt, "gpt-4o"),),
        conversation="implicit:0123456789abcdef",
    )
    request = a_request(
        "/v1/chat/completions?key=secret",
        traceparent=f"00-{TRACE}-b7ad6b7169203331-01".encode(),
        x_team=b"red",
    )

    expected = pb.Exchange(
        listener="models",
        path="/v1/chat/completions",
        operation="chat",
        api="openai_chat",
        tenant="red",
        conversation="implicit:0123456789abcdef",
        trace_id=TRACE,
        provider="anthropic/claude-house-1",
        model="claude-house-1",
        alternatives=["openai/gpt-4o"],
        upstream_api="anthropic_messages",
        route="code",
        routed_by="embedded",
        routing_reason="It is about code.",
        routing_ms=1.5,
        session="cold",
    )
    assert expected == told(request, outcome, "x-team")


def test_agents_come_in_the_order_of_their_work() -> None:
    one = Outcome(Ending.ROUTED, told={"agent": "b"})
    several = Outcome(Ending.ROUTED, told={"agent": "b", "agents": "a,b"})

    assert (["b"], ["a", "b"]) == (
        list(told(a_request(), one).agents),
        list(told(a_request(), several).agents),
    )


def test_of_a_request_that_was_not_understood_the_api_is_known() -> None:
    """By its path."""
    outcome = Outcome(Ending.REPLIED, error=ModelNotFound("There is none."))

    assert pb.Exchange(listener="models", path="/v1/messages", api="anthropic_messages") == told(
        a_request("/v1/messages"), outcome
    )


def test_the_clients_own_id_is_its_conversation_where_nobody_had_to_know_it() -> None:
    """A long one is cut; so is a long tenant."""
    request = a_request(x_model_affinity=b" mine ", x_team=b"x" * 999)

    exchange = told(request, Outcome(Ending.ROUTED), "x-team")
    assert ("mine", "x" * 256) == (exchange.conversation, exchange.tenant)


def test_a_traceparent_that_is_none_is_passed_over() -> None:
    assert "" == told(a_request(traceparent=b"00-short"), Outcome(Ending.ROUTED)).trace_id


def test_how_it_ended() -> None:
    event = pb.Event()
    outcome = Outcome(
        Ending.REPLIED, error=ModelNotFound("There is none."), usage=Usage(10, 5, 4, 3, 2), operation=CHAT
    )
    end(event, outcome, 0.25)

    assert (
        pb.Ending(
            ending="replied",
            error_code="model_not_found",
            status=404,
            usage=pb.Usage(
                input_tokens=10,
                output_tokens=5,
                cache_read_tokens=4,
                cache_creation_tokens=3,
                reasoning_tokens=2,
            ),
            took_ms=250.0,
        )
        == event.ending
    )


def test_lists_of_models_and_health_checks_are_not_told() -> None:
    """They concern nobody but us; what a provider was chosen for does, and any error."""
    ours = Outcome(Ending.REPLIED)
    counted = Outcome(Ending.REPLIED, target=Target(a_provider(), "gpt-4o"))
    refused = Outcome(Ending.REPLIED, error=ModelNotFound("There is none."))

    assert [False, True, True] == [worth_telling(one) for one in (ours, counted, refused)]
