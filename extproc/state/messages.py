"""Between the service's values and ``plano.state.v1``."""

import msgspec

from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.state.listing import Wanted
from extproc.state.load import Cooling, Picture, Reporter
from extproc.state.turn import Latency, Turn, Usage


def part_of(event: pb.Event) -> Turn:
    """What an event tells of its turn."""
    exchange, ending = event.exchange, event.ending
    turn = Turn(
        request_id=event.request_id,
        began=exchange.began,
        listener=exchange.listener,
        path=exchange.path,
        operation=exchange.operation,
        api=exchange.api,
        tenant=exchange.tenant,
        conversation=exchange.conversation,
        trace_id=exchange.trace_id,
        provider=exchange.provider,
        model=exchange.model,
        alternatives=list(exchange.alternatives),
        agents=list(exchange.agents),
        upstream_api=exchange.upstream_api,
        route=exchange.route,
        routed_by=exchange.routed_by,
        routing_reason=exchange.routing_reason,
        session=exchange.session,
        ending=ending.ending,
        error_code=ending.error_code,
        status=ending.status,
        usage=_usage(ending.usage) if ending.HasField("usage") else None,
    )
    turn.latency = Latency(
        routing_ms=exchange.routing_ms if exchange.routed_by else None,
        exchange_ms=ending.took_ms if event.HasField("ending") else None,
    )
    return turn


def _usage(usage: pb.Usage) -> Usage:
    return Usage(
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_creation_tokens,
        usage.reasoning_tokens,
        usage.estimated,
    )


def reporter_of(reporter: pb.Reporter) -> Reporter:
    """Who tells."""
    told = Reporter(reporter.name, reporter.waiting, reporter.dropped, reporter.lookups_failed)
    told.coolings = [Cooling(one.target, one.left_seconds) for one in reporter.coolings]
    return told


def wanted_of(request: pb.ListTurnsRequest) -> Wanted:
    """Which turns are asked for."""
    return Wanted(
        limit=request.limit,
        since=request.since,
        tenant=request.tenant if request.HasField("tenant") else None,
        conversation=request.conversation,
        provider=request.provider,
        model=request.model,
        agent=request.agent,
        failed=request.failed,
    )


def turn_message(turn: Turn) -> pb.Turn:
    """A turn; its fields have the names of the message's."""
    return pb.Turn(**msgspec.to_builtins(turn))


def picture_message(picture: Picture) -> pb.Picture:
    """The picture, likewise."""
    return pb.Picture(**msgspec.to_builtins(picture))
