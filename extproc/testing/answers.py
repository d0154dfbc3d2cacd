"""What a scripted provider answers: an `Answer` is data, which `extproc.testing.upstream` performs."""

import asyncio
import json
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import Any

import brotli

Headers = tuple[tuple[str, str], ...]

JSON: Headers = (("content-type", "application/json"),)
SSE: Headers = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))


class Gate:
    """Holds a provider until a test opens it."""

    def __init__(self) -> None:
        self._opened: Future[None] = Future()

    def open(self) -> None:
        """Let the provider go on; opening twice changes nothing."""
        if not self._opened.done():
            self._opened.set_result(None)

    async def passed(self) -> None:
        """Wait, on the provider's event loop, until the gate is open."""
        await asyncio.shield(asyncio.wrap_future(self._opened))


class Cut(Enum):
    """Ways to break a connection off."""

    CLOSE = "close"
    """An orderly end (FIN), too early."""
    RESET = "reset"
    """A hard one (RST)."""


class Framing(Enum):
    """How the end of an answer's body is told."""

    LENGTH = "content-length"
    CHUNKED = "transfer-encoding: chunked"
    CLOSE = "connection: close"


Step = bytes | Gate | Cut


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: bytes to send, gates to wait at, a cut to end with, in order."""

    status: int = 200
    headers: Headers = JSON
    steps: tuple[Step, ...] = ()
    framing: Framing = Framing.LENGTH
    content_length: int | None = None
    """A length to claim instead of the true one."""
    before: tuple[Gate | Cut, ...] = ()
    """What happens before the first byte of the head."""

    @property
    def body(self) -> bytes:
        """All body bytes, as they would arrive without a cut."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))

    def head(self) -> bytes:
        """The status line and the header fields."""
        phrase = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Unknown"
        fields = [*self.headers, *self._framing_fields()]
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def _framing_fields(self) -> Headers:
        match self.framing:
            case Framing.LENGTH:
                length = len(self.body) if self.content_length is None else self.content_length
                return (("content-length", str(length)),)
            case Framing.CHUNKED:
                return (("transfer-encoding", "chunked"),)
            case Framing.CLOSE:
                return (("connection", "close"),)

    def framed(self, data: bytes) -> bytes:
        """`data` as one piece of the body on the wire."""
        return b"%x\r\n%s\r\n" % (len(data), data) if self.framing is Framing.CHUNKED else data

    def gated(self, *gates: Gate) -> "Answer":
        """The same with a gate before the second step, the third, … (as many as there are gates)."""
        steps: list[Step] = [self.steps[0]]
        for index, step in enumerate(self.steps[1:]):
            steps += [gates[index], step] if index < len(gates) else [step]
        return replace(self, steps=tuple(steps))

    def gzipped(self) -> "Answer":
        """The same compressed, flushed after each step so that a stream stays a stream."""
        packer = zlib.compressobj(wbits=31)
        steps = [
            packer.compress(step) + packer.flush(zlib.Z_SYNC_FLUSH) if isinstance(step, bytes) else step
            for step in self.steps
        ]
        headers = (*self.headers, ("content-encoding", "gzip"))
        return replace(self, headers=headers, steps=(*steps, packer.flush(zlib.Z_FINISH)))

    def brotlied(self) -> "Answer":
        """The same for ``br``."""
        packer = brotli.Compressor()
        steps = [
            packer.process(step) + packer.flush() if isinstance(step, bytes) else step for step in self.steps
        ]
        headers = (*self.headers, ("content-encoding", "br"))
        return replace(self, headers=headers, steps=(*steps, packer.finish()))

    def held(self, at: int, how: Gate | Cut) -> "Answer":
        """The same with a gate or a cut before one of its steps."""
        return replace(self, steps=(*self.steps[:at], how, *self.steps[at:]))

    def adding(self, *headers: tuple[str, str]) -> "Answer":
        """The same with more header fields."""
        return replace(self, headers=(*self.headers, *headers))


def json_answer(value: Any, status: int = 200) -> Answer:
    """`value` as JSON with a content length."""
    return Answer(status=status, steps=(json.dumps(value).encode(),))


def sse_answer(events: Iterable[bytes]) -> Answer:
    """One HTTP chunk an event."""
    return Answer(headers=SSE, steps=tuple(events), framing=Framing.CHUNKED)


def error(status: int, body: Any, *headers: tuple[str, str]) -> Answer:
    """A provider's own error."""
    return json_answer(body, status).adding(*headers)


def _data(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\n".encode() + _data(value)


def openai_chat(text: str, model: str = "gpt-4o") -> Answer:
    """A chat completion that is not streamed."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": model}
    return json_answer({**head, "choices": [choice], "usage": usage})


def openai_chat_stream(words: Sequence[str], model: str = "gpt-4o") -> Answer:
    """A streamed chat completion: the role, one chunk a word, the finish reason, ``[DONE]``."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": model}
    deltas: list[tuple[dict[str, str], str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        *(({"content": word}, None) for word in words),
        ({}, "stop"),
    ]
    chunks = [
        _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
        for delta, reason in deltas
    ]
    return sse_answer([*chunks, b"data: [DONE]\n\n"])


def _anthropic_head(model: str, content: list[Any], stop_reason: str | None) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }


def anthropic_message(text: str, model: str = "claude-sonnet-4-5") -> Answer:
    """A message that is not streamed."""
    return json_answer(_anthropic_head(model, [{"type": "text", "text": text}], "end_turn"))


def anthropic_stream(words: Sequence[str], model: str = "claude-sonnet-4-5") -> Answer:
    """A streamed message, with a ``ping`` as the real ones have."""
    block = {"index": 0}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": _anthropic_head(model, [], None)},
        {"type": "content_block_start", **block, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", **block, "delta": {"type": "text_delta", "text": word}}
            for word in words
        ),
        {"type": "content_block_stop", **block},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    return sse_answer(map(_event, events))


def _responses_item(text: str, status: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    content = [part] if status == "completed" else []
    return {"id": "item_1", "type": "message", "role": "assistant", "status": status, "content": content}


def _responses_head(model: str, output: list[Any], status: str) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1700000000,
        "model": model,
        "status": status,
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
    }


def openai_response(text: str, model: str = "gpt-4o") -> Answer:
    """An answer of the Responses API that is not streamed."""
    return json_answer(_responses_head(model, [_responses_item(text, "completed")], "completed"))


def openai_response_stream(words: Sequence[str], model: str = "gpt-4o") -> Answer:
    """A streamed answer of the Responses API."""
    text = "".join(words)
    at = {"item_id": "item_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    done = _responses_item(text, "completed")
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": _responses_head(model, [], "in_progress")},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": _responses_item("", "in_progress"),
        },
        {"type": "response.content_part.added", **at, "part": part},
        *({"type": "response.output_text.delta", **at, "delta": word, "logprobs": []} for word in words),
        {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": {**part, "text": text}},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": _responses_head(model, [done], "completed")},
    ]
    numbered = ({**event, "sequence_number": number} for number, event in enumerate(events))
    return sse_answer(map(_event, numbered))


def embeddings(*vectors: Sequence[float], model: str = "text-embedding-3-small") -> Answer:
    """Embeddings as JSON numbers."""
    data = [
        {"object": "embedding", "index": index, "embedding": list(vector)}
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return json_answer({"object": "list", "data": data, "model": model, "usage": usage})
