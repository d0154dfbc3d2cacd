"""What is told of an exchange, as a message. Written for speed: it is done for each request."""

from typing import Final

from extproc import headers as names
from extproc._pb.plano.state.v1 import state_pb2 as pb
from extproc.exchange.messages import Metadata
from extproc.exchange.outcome import Ending, Outcome
from extproc.exchange.request import Request
from extproc.limits import SESSION_ID_CHARS_MAX, STATE_PATH_CHARS_MAX

_TRACEPARENT_CHARS: Final = 55
"""``00-<32 hexadecimal digits>-<16>-<2>`` (W3C Trace Context §3.2)."""


def worth_telling(outcome: Outcome) -> bool:
    """Not so lists of models and health checks, which concern nobody but us."""
    ours = outcome.ending is Ending.REPLIED and outcome.error is None and outcome.target is None
    return not ours


def tell(event: pb.Event, request: Request, outcome: Outcome, tenant_header: str | None, now: float) -> None:
    """Fill `event` with where a request goes."""
    event.request_id = request.request_id
    event.at = now
    exchange = event.exchange
    exchange.began = request.began
    exchange.listener = request.listener
    exchange.path = request.path.partition("?")[0][:STATE_PATH_CHARS_MAX]
    operation = outcome.operation
    if operation is None:
        exchange.api = request.api.value
    else:
        exchange.operation = operation.name
        exchange.api = operation.api.value
    target = outcome.target
    if target is not None:
        exchange.provider = target.provider.name
        exchange.model = target.model
        for other in outcome.alternatives:
            exchange.alternatives.append(f"{other.provider.prefix}/{other.model}")
    if outcome.told:
        _choice(exchange, outcome.told)
    values = request.headers.values
    if outcome.conversation is not None:
        exchange.conversation = outcome.conversation
    elif names.MODEL_AFFINITY in values:
        exchange.conversation = request.headers.text(names.MODEL_AFFINITY).strip()[:SESSION_ID_CHARS_MAX]
    if tenant_header is not None:
        exchange.tenant = request.headers.text(tenant_header).strip()[:SESSION_ID_CHARS_MAX]
    if "traceparent" in values:
        parent = request.headers.text("traceparent")
        if len(parent) >= _TRACEPARENT_CHARS:
            exchange.trace_id = parent[3:35]


def _choice(exchange: pb.Exchange, told: Metadata) -> None:
    """What Envoy was told of it, too; most requests name their model, and there was none."""
    if agent := told.get("agents") or told.get("agent"):
        exchange.agents.extend(str(agent).split(","))
    if upstream := told.get("upstream_api"):
        exchange.upstream_api = str(upstream)
    if routed_by := told.get("routed_by"):
        exchange.routed_by = str(routed_by)
        took_ms = told.get("routing_ms")
        exchange.routing_ms = took_ms if isinstance(took_ms, float) else 0.0
        exchange.routing_reason = str(told.get("routing_reason", ""))
        exchange.route = str(told.get("route", ""))
        exchange.session = str(told.get("session_reason", ""))


def end(event: pb.Event, outcome: Outcome, took_s: float) -> None:
    """Fill in how our part ended."""
    ending = event.ending
    ending.ending = outcome.ending.value
    ending.took_ms = took_s * 1000
    if outcome.error is not None:
        ending.error_code = outcome.error.code
        ending.status = outcome.error.status
    usage = outcome.usage
    if usage is not None:
        tokens = ending.usage
        tokens.input_tokens = usage.input_tokens
        tokens.output_tokens = usage.output_tokens
        tokens.cache_read_tokens = usage.cache_read_tokens
        tokens.cache_creation_tokens = usage.cache_creation_tokens
        tokens.reasoning_tokens = usage.reasoning_tokens
