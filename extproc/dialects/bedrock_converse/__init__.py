"""Amazon Bedrock's Converse API: ``POST /model/{id}/converse`` and ``…/converse-stream``; upstream only."""

from typing import Final

from extproc.dialects.api import Api
from extproc.dialects.base import UpstreamDialect
from extproc.dialects.bedrock_converse.decoder import ConverseDecoder
from extproc.dialects.bedrock_converse.error import read_error
from extproc.dialects.bedrock_converse.response import read_response
from extproc.dialects.bedrock_converse.write_request import write_request

DIALECT: Final = UpstreamDialect(
    api=Api.CONVERSE,
    write_request=write_request,
    read_response=read_response,
    stream_decoder=ConverseDecoder,
    content_type="application/vnd.amazon.eventstream",
    read_error=read_error,
)
