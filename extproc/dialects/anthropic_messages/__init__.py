"""Anthropic's Messages API: ``POST /v1/messages``."""

from typing import Final

from extproc.dialects.anthropic_messages.decoder import MessagesDecoder
from extproc.dialects.anthropic_messages.encoder import MessagesEncoder
from extproc.dialects.anthropic_messages.error import read_error
from extproc.dialects.anthropic_messages.read_request import read_request
from extproc.dialects.anthropic_messages.response import read_response, write_response
from extproc.dialects.anthropic_messages.write_request import write_request
from extproc.dialects.api import Api
from extproc.dialects.base import Dialect

DIALECT: Final = Dialect(
    api=Api.MESSAGES,
    read_request=read_request,
    write_request=write_request,
    read_response=read_response,
    write_response=write_response,
    stream_decoder=MessagesDecoder,
    stream_encoder=MessagesEncoder,
    content_type="text/event-stream; charset=utf-8",
    read_error=read_error,
)
