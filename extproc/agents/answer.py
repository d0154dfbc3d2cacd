"""What an agent said, out of its answer: JSON or a stream of events, whichever it chose."""

import asyncio

from extproc.dialects.api import Api
from extproc.dialects.base import ProviderError
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.errors import AgentFailed, ProviderFailed
from extproc.limits import ASIDE_BYTES_MIN
from extproc.llm.parts import Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Response
from extproc.outbound.port import Answered
from extproc.translation.answer import WholeAnswer, answer

_CHAT = CLIENT_DIALECTS[Api.CHAT]
_UNSTREAMED = Request(model="", messages=())


async def text_of(agent: str, answered: Answered) -> str:
    """The words of `agent`; raises `AgentFailed` where there are none, or a status of 400 and more."""
    if len(answered.body) < ASIDE_BYTES_MIN:
        return _text(agent, answered)
    return await asyncio.to_thread(_text, agent, answered)


def _text(agent: str, answered: Answered) -> str:
    told = _read(agent, answered)
    if isinstance(told, ProviderError):
        if answered.status >= 400:
            raise AgentFailed(agent, f"it answered {answered.status}")
        raise AgentFailed(agent, "its answer is an error")
    if any(isinstance(part, ToolCall) for part in told.parts):
        raise AgentFailed(agent, "it called a tool, which only the last agent of a chain may do")
    text = "".join(part.text for part in told.parts if isinstance(part, Text | Refusal))
    if not text.strip():
        raise AgentFailed(agent, "its answer has no text")
    return text


def _read(agent: str, answered: Answered) -> Response | ProviderError:
    kinds = (answered.headers.get(name, "") for name in ("content-type", "content-encoding"))
    reader = answer(_CHAT, _CHAT, _UNSTREAMED, answered.status, *kinds)
    assert isinstance(reader, WholeAnswer)
    try:
        return reader.read(answered.body)
    except ProviderFailed:
        raise AgentFailed(agent, "its answer is not one of Chat Completions") from None
