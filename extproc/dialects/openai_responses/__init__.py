"""OpenAI Responses (``/v1/responses``), both ways."""

from typing import Final

from extproc.dialects.api import Api
from extproc.dialects.base import Dialect
from extproc.dialects.openai_chat.errors import read_error
from extproc.dialects.openai_responses.decoder import Decoder
from extproc.dialects.openai_responses.encoder import Encoder
from extproc.dialects.openai_responses.read_request import read_request
from extproc.dialects.openai_responses.response import read_response, write_response
from extproc.dialects.openai_responses.write_request import write_request

DIALECT: Final = Dialect(
    api=Api.RESPONSES,
    read_request=read_request,
    write_request=write_request,
    read_response=read_response,
    write_response=write_response,
    stream_decoder=Decoder,
    stream_encoder=Encoder,
    content_type="text/event-stream",
    read_error=read_error,
)
