"""The way back of an answer that is kept here and is of the client's API already.

A provider of the Responses API gave it, or a further attempt whose own stream has translated it (`twin`).
"""

from extproc.exchange.keeping import Keeping
from extproc.exchange.messages import Body, BodyMode, Continue, Headers, Rewrite
from extproc.exchange.observing import answers
from extproc.exchange.outcome import Ending
from extproc.exchange.rewriting import OF_THE_PROVIDERS_BODY
from extproc.exchange.stream import Stream
from extproc.llm.response import Usage
from extproc.translation.answer import streamed
from extproc.translation.encoding import UndecodableError, decoder, is_known


async def passed(
    stream: Stream, keeping: Keeping, attempts: int | None = None
) -> tuple[Ending, Usage | None]:
    """Let it pass by `keeping`; what the chosen target says of tokens. `attempts`: as in `answers_one_of`."""
    head = await stream.receive()
    if head is None:
        return Ending.ABORTED, None
    if not isinstance(head, Headers):
        await stream.send(Continue(head.phase))
        return Ending.ROUTED, None
    ending = await passed_from(stream, head, keeping)
    return ending, keeping.usage if head.answers_one_of(attempts) else None


async def passed_from(stream: Stream, head: Headers, keeping: Keeping | None) -> Ending:
    """The same, from the answer's headers on. An error, and what cannot be read, passes as it came."""
    readable = answers(head) and is_known(head.text("content-encoding"))
    if keeping is None or head.end_of_stream or not readable:
        await stream.send(Continue(head.phase))
        return Ending.ROUTED
    turn = _streamed if streamed(head.text("content-type")) else _whole
    return await turn(stream, head, keeping)


async def _streamed(stream: Stream, head: Headers, keeping: Keeping) -> Ending:
    undo = decoder(head.text("content-encoding"))
    await stream.send(Rewrite(head.phase, (), None, OF_THE_PROVIDERS_BODY, BodyMode.STREAMED))
    while (message := await stream.receive()) is not None:
        if not isinstance(message, Body):  # trailers: nothing of the answer is in them
            await stream.send(Continue(message.phase))
            return Ending.ROUTED
        last = message.end_of_stream
        try:
            data = undo(message.data)
        except UndecodableError:  # what has passed of it is all that can be understood
            data, last = b"", True
        sent = await keeping.passing(data, streamed=True, last=last)
        await stream.send(Rewrite(message.phase, (), sent))
        if message.end_of_stream:
            return Ending.ROUTED
    return Ending.ABORTED


async def _whole(stream: Stream, head: Headers, keeping: Keeping) -> Ending:
    undo = decoder(head.text("content-encoding"))
    await stream.send(Rewrite(head.phase, (), body_mode=BodyMode.BUFFERED_PARTIAL))
    message = await stream.receive()
    if message is None:
        return Ending.ABORTED
    sent = None
    if isinstance(message, Body) and message.end_of_stream:  # else it is more than Envoy can hold
        try:
            sent = await keeping.passing(undo(message.data), streamed=False, last=True)
        except UndecodableError:
            sent = None
    if sent is None:
        await stream.send(Continue(message.phase))
    else:
        await stream.send(Rewrite(message.phase, (), sent, OF_THE_PROVIDERS_BODY))
    return Ending.ROUTED
