"""The way back of a translated request: the provider's answer, turned into the client's.

A stream goes piece by piece. Anything else is read whole while Envoy holds the headers back, so that its
status can still be told right. An answer that Envoy made by itself has the client's shape already.
"""

from extproc import headers as names
from extproc.dialects import errors
from extproc.errors import AgentFailed, AnswerTooLarge, ProviderFailed
from extproc.exchange import keeping_native
from extproc.exchange.aside import aside
from extproc.exchange.keeping import Keeping
from extproc.exchange.messages import Body, BodyMode, Continue, Headers, Message, Rewrite
from extproc.exchange.outcome import Ending
from extproc.exchange.request import Request
from extproc.exchange.rewriting import OF_THE_PROVIDERS_BODY
from extproc.exchange.stream import Stream
from extproc.llm.response import Usage
from extproc.translation.answer import StreamedAnswer, Whole, WholeAnswer, streamed
from extproc.translation.request import Crossing

Told = tuple[tuple[str, bytes], ...]
"""Headers for the client."""


async def turned(
    stream: Stream,
    request: Request,
    crossing: Crossing,
    attempts: int | None = None,
    keeping: Keeping | None = None,
) -> tuple[Ending, Usage | None]:
    """Translate the answer to its end; how that was, and what the provider says of tokens.

    `attempts`: see `Headers.answers_one_of`. Raises `AnswerTooLarge`; nothing has reached the client then.
    """
    head = await stream.receive()
    if head is None:
        return Ending.ABORTED, None
    if not isinstance(head, Headers) or names.REPLY in head.values:
        await stream.send(Continue(head.phase))
        return Ending.ROUTED, None
    if not head.answers_one_of(attempts):
        return await keeping_native.passed_from(stream, head, keeping), None
    return await turned_from(stream, head, crossing, request, keeping)


async def turned_from(
    stream: Stream,
    head: Headers,
    crossing: Crossing,
    request: Request,
    keeping: Keeping | None = None,
) -> tuple[Ending, Usage | None]:
    """The same, from the answer's headers on."""
    answer = crossing.answer(
        int(head.text(":status")), head.text("content-type"), head.text("content-encoding")
    )
    if isinstance(answer, StreamedAnswer):
        return await _streamed(stream, head, answer, keeping), answer.usage
    return await _whole(stream, head, answer, request, keeping), answer.usage


async def _streamed(stream: Stream, head: Headers, answer: StreamedAnswer, keeping: Keeping | None) -> Ending:
    kind = ("content-type", answer.content_type.encode())
    body = answer.feed(b"", last=True) if head.end_of_stream else None
    mode = None if head.end_of_stream else BodyMode.STREAMED
    await stream.send(_rewritten(head, (kind,), body, mode))
    last = head.end_of_stream
    while not last:
        message = await stream.receive()
        if message is None:
            return Ending.ABORTED
        if isinstance(message, Body):
            last = message.end_of_stream
            sent = answer.feed(message.data, last=last)
            if keeping:
                sent = await keeping.passing(sent, streamed=True, last=last)
            await stream.send(Rewrite(message.phase, (), sent))
        else:  # trailers: nothing of the answer is in them
            last = True
            await stream.send(Continue(message.phase))
    return Ending.ROUTED


async def _whole(
    stream: Stream, head: Headers, answer: WholeAnswer, request: Request, keeping: Keeping | None
) -> Ending:
    message: Message | None = head
    if not head.end_of_stream:
        await stream.send(_rewritten(head, (), None, BodyMode.BUFFERED_PARTIAL))
        message = await stream.receive()
    if message is None:
        return Ending.ABORTED
    if isinstance(message, Body) and not message.end_of_stream:
        raise AnswerTooLarge(f"{answer.speaker} sent more than can be translated at once; ask for a stream.")
    data = message.data if isinstance(message, Body) else b""
    whole, reply = await aside(len(data), _turned, answer, data, request)
    told = (
        (":status", b"%d" % whole.status),
        ("content-type", whole.content_type.encode()),
        *reply,
    )
    body = whole.body
    if keeping and whole.status < 300:
        body = await keeping.passing(body, streamed=streamed(whole.content_type), last=True)
    await stream.send(_rewritten(message, told, body, None))
    return Ending.ROUTED


def _turned(answer: WholeAnswer, body: bytes, request: Request) -> tuple[Whole, Told]:
    """The client's answer; a provider's or an agent's that is none becomes an error of ours, and says so."""
    try:
        return answer.turn(body), ()
    except (AgentFailed, ProviderFailed) as failure:
        rendered = errors.render(failure, request.api, request.request_id)
        reply = ((names.REPLY, failure.code.encode()),)
        return Whole(rendered.status, "application/json", rendered.body), reply


def _rewritten(message: Message, told: Told, body: bytes | None, mode: BodyMode | None) -> Rewrite:
    removed = OF_THE_PROVIDERS_BODY if isinstance(message, Headers) else ()
    return Rewrite(message.phase, told, body, removed, mode)
