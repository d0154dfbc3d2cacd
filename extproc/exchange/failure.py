"""The reply to a request that gets an error from us."""

from extproc.dialects import errors
from extproc.errors import GatewayError
from extproc.exchange.messages import NO_METADATA, Metadata, Reply
from extproc.exchange.request import Request


def reply_for(error: GatewayError, request: Request, told: Metadata = NO_METADATA) -> Reply:
    """`error` in the shape of the API that was called; `told` is for the access log alone."""
    rendered = errors.render(error, request.api, request.request_id)
    metadata = {**told, "replied": True, "reply": error.code}
    return Reply(rendered.status, rendered.headers, rendered.body, metadata)
