"""OpenAI Chat Completions, and the many APIs made after it."""

from dataclasses import replace
from functools import partial
from typing import Final

from extproc.dialects.api import Api
from extproc.dialects.base import Dialect
from extproc.dialects.openai_chat.decoder import ChatStreamDecoder
from extproc.dialects.openai_chat.encoder import ChatStreamEncoder
from extproc.dialects.openai_chat.errors import read_error
from extproc.dialects.openai_chat.request import read_request, write_request
from extproc.dialects.openai_chat.response import read_response, write_response

DIALECT: Final = Dialect(
    api=Api.CHAT,
    read_request=read_request,
    write_request=write_request,
    read_response=read_response,
    write_response=write_response,
    stream_decoder=ChatStreamDecoder,
    stream_encoder=ChatStreamEncoder,
    content_type="text/event-stream",
    read_error=read_error,
)


def spoken_by(speaker: str) -> Dialect:
    """The same, with failures that name who answered: ``The agent weather_agent``."""
    return replace(
        DIALECT,
        stream_decoder=partial(ChatStreamDecoder, speaker),
        read_error=partial(read_error, speaker=speaker),
    )
