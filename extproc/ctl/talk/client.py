"""Asks a listener in the Chat Completions API, and gives the answer's pieces as they come."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from extproc import headers
from extproc.ctl.failure import Failure
from extproc.limits import STREAM_IDLE_TIMEOUT_S
from extproc.llm.sse import SseDecoder, SseError, SseEvent

CONNECT_S = 5.0

Message = Mapping[str, str]
"""``{"role": …, "content": …}``."""


class Answer(msgspec.Struct, frozen=True):
    """What was answered, and by whom; times in milliseconds from the question."""

    text: str
    headers: Mapping[str, str]
    first_ms: float
    total_ms: float

    @property
    def by(self) -> str:
        """The agents in their order, or the model and its provider."""
        told = self.headers.get
        if agents := told(headers.AGENTS) or told(headers.AGENT):
            return " → ".join(name.strip() for name in agents.split(","))
        model, provider = told(headers.MODEL, ""), told(headers.PROVIDER, "")
        return f"{model} ({provider})" if provider not in ("", model) else model


class Client:
    """One conversation with the listener at `url`: it stays with its agent, or its model."""

    def __init__(self, url: str, conversation: str) -> None:
        timeout = httpx.Timeout(STREAM_IDLE_TIMEOUT_S, connect=CONNECT_S)
        self._http = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        self._conversation = conversation

    def ask(self, messages: Sequence[Message], model: str | None, hear: Callable[[str], None]) -> Answer:
        """Stream the answer to `hear`; raises `Failure` when it is an error, or not whole."""
        body: dict[str, Any] = {"messages": list(messages), "stream": True}
        if model:
            body["model"] = model
        asked, first_ms, text = time.perf_counter(), 0.0, []
        told = {"x-model-affinity": self._conversation}
        try:
            with self._http.stream("POST", "/v1/chat/completions", json=body, headers=told) as answer:
                if answer.status_code >= 400:
                    raise _refusal(answer)
                for piece in _pieces(answer):
                    first_ms = first_ms or _since(asked)
                    text.append(piece)
                    hear(piece)
                return Answer("".join(text), dict(answer.headers), first_ms, _since(asked))
        except httpx.HTTPError as error:
            raise Failure(f"no whole answer came: {error or type(error).__name__}") from None

    def close(self) -> None:
        """Give the connection up."""
        self._http.close()


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _refusal(answer: httpx.Response) -> Failure:
    answer.read()
    try:
        message = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.text[:500] or answer.reason_phrase
    return Failure(f"{answer.status_code}: {message}")


def _pieces(answer: httpx.Response) -> Iterator[str]:
    """The texts of a stream, or of an answer that is none although one was asked for."""
    if "text/event-stream" not in answer.headers.get("content-type", ""):
        answer.read()
        yield from _texts(answer.content, "message")
        return
    decoder = SseDecoder()
    try:
        for data in answer.iter_bytes():
            yield from _said(decoder.feed(data))
        yield from _said(decoder.close())
    except SseError as error:
        raise Failure(f"the answer is no stream of events: {error}") from None


def _said(events: Sequence[SseEvent]) -> Iterator[str]:
    for event in events:
        yield from _texts(event.data, "delta")


def _texts(data: bytes, field: str) -> Iterator[str]:
    """The texts of one chunk (`field` is ``delta``) or one completion (``message``)."""
    if data.strip() == b"[DONE]":
        return
    try:
        chunk = json.loads(data)
    except ValueError:
        return
    if not isinstance(chunk, dict):
        return
    if isinstance(error := chunk.get("error"), dict):
        raise Failure(f"the answer broke off: {error.get('message', error)}")
    for choice in chunk.get("choices") or ():
        content = (choice.get(field) or {}).get("content")
        if isinstance(content, str) and content:
            yield content
