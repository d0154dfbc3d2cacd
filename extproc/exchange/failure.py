"""The reply to a request that gets an error from us."""

from extproc.dialects import errors
from extproc.dialects.api import Api
from extproc.errors import GatewayError
from extproc.exchange.messages import NO_METADATA, Metadata, Reply
from extproc.exchange.request import Request


def reply_for(error: GatewayError, request: Request, told: Metadata = NO_METADATA) -> Reply:
    """`error` in the shape of the API that was called; `told` is for the access log alone."""
    rendered = errors.render(error, request.api, request.request_id)
    # Where the API's SDK looks for it, as on Envoy's own replies.
    named = ("request-id" if request.api is Api.MESSAGES else "x-request-id", request.request_id)
    metadata = {**told, "replied": True, "reply": error.code}
    return Reply(rendered.status, (*rendered.headers, named), rendered.body, metadata)
