"""The way back of an answer that is looked at and not changed: each piece goes on before it is read."""

from typing import TypeGuard

from extproc import headers as names
from extproc.dialects.api import Api
from extproc.exchange.aside import aside
from extproc.exchange.messages import Body, BodyMode, Continue, Headers, Rewrite
from extproc.exchange.outcome import Ending
from extproc.exchange.stream import Stream
from extproc.llm.response import Usage
from extproc.translation.usage import UsageReader


async def watched(stream: Stream, api: Api, attempts: int | None = None) -> tuple[Ending, Usage | None]:
    """See an answer of `api` pass; what it says of tokens, ``None`` where it says nothing, or is an error.

    `attempts`: see `Headers.answers_one_of`.
    """
    head = await stream.receive()
    if head is None:
        return Ending.ABORTED, None
    if not answers(head) or head.end_of_stream or not head.answers_one_of(attempts):
        await stream.send(Continue(head.phase))
        return Ending.ROUTED, None
    reader = UsageReader(api, head.text("content-type"), head.text("content-encoding"))
    await stream.send(Rewrite(head.phase, (), body_mode=BodyMode.STREAMED))
    size = 0
    while (message := await stream.receive()) is not None:
        await stream.send(Continue(message.phase))
        if isinstance(message, Body):
            size += len(message.data)
            reader.feed(message.data)
        if not isinstance(message, Body) or message.end_of_stream:
            return Ending.ROUTED, await aside(size, reader.close)
    return Ending.ABORTED, None


def answers(head: object) -> TypeGuard[Headers]:
    """Whether these are the headers of a provider's answer, and of no error."""
    return isinstance(head, Headers) and names.REPLY not in head.values and head.text(":status") == "200"
