"""What the two agents share: Chat Completions over HTTP, and a small model to put facts into words.

An agent is nothing but a server of ``POST /v1/chat/completions``. It knows nothing of the gateway, except
that the model it asks happens to be behind it.
"""

import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL_URL = os.environ.get("MODEL_URL", "http://127.0.0.1:12000/v1")
"""The gateway's model listener: whatever model it answers with, and whoever serves it."""

PASSED_ON = ("traceparent", "tracestate", "x-request-id")
"""Headers that join an agent's calls to the request that caused them."""

Message = Mapping[str, Any]
Answer = Callable[[Sequence[Message], Mapping[str, str]], AsyncIterator[str]]
"""An agent: messages, and headers for the model it asks → the pieces of its answer."""


def chat_server(name: str, answer: Answer) -> Starlette:
    """An ASGI application that answers by `answer`, streamed or not as the request wants it."""

    async def completions(request: Request) -> Response:
        body = await request.json()
        headers = {header: value for header in PASSED_ON if (value := request.headers.get(header))}
        pieces = answer(body["messages"], headers)
        if body.get("stream"):
            return StreamingResponse(_events(name, pieces), media_type="text/event-stream")
        text = "".join([piece async for piece in pieces])
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse(_head(name, "chat.completion") | {"choices": [choice]})

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/v1/chat/completions", completions, methods=["POST"]),
            Route("/healthz", health),
        ]
    )


def _head(name: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": name}


async def _events(name: str, pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    head = _head(name, "chat.completion.chunk")

    def event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return f"data: {json.dumps(head | {'choices': [choice]})}\n\n".encode()

    yield event({"role": "assistant", "content": ""})
    async for piece in pieces:
        yield event({"content": piece})
    yield event({}, "stop")
    yield b"data: [DONE]\n\n"


async def in_words(
    facts: str, shown: Sequence[tuple[str, str]], headers: Mapping[str, str]
) -> AsyncIterator[str]:
    """`facts` as a sentence of the model's; `shown` are facts and sentences it can take as a pattern."""
    messages: list[Message] = []
    for given, said in shown:
        messages += [{"role": "user", "content": given}, {"role": "assistant", "content": said}]
    messages.append({"role": "user", "content": facts})
    body = {"messages": messages, "stream": True, "temperature": 0, "max_tokens": 60}
    async with (
        httpx.AsyncClient(timeout=60, trust_env=False) as client,
        client.stream("POST", f"{MODEL_URL}/chat/completions", json=body, headers=headers) as response,
    ):
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    yield choice["delta"].get("content") or ""


def said_last(messages: Sequence[Message], known: Collection[str]) -> list[str]:
    """Which of `known` are in the newest user message that names any, in the order it does."""
    for message in reversed(messages):
        if message["role"] == "user":
            text = _text(message).lower()
            found = sorted((text.index(word.lower()), word) for word in known if word.lower() in text)
            if found:
                return [word for _, word in found]
    return []


def _text(message: Message) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
