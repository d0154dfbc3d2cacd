"""The official SDK as the judge of what the Responses dialect writes."""

from collections.abc import Iterable
from typing import Any, get_args

import httpx2
import msgspec
from openai import OpenAI
from openai.types.responses import Response as SdkResponse
from openai.types.responses import ResponseStreamEvent
from pydantic import BaseModel

from extproc.dialects.openai_responses import DIALECT
from extproc.llm.events import Event
from extproc.llm.parts import Text
from extproc.llm.request import Message, Request, Role

ASKED = Request("gpt-5", (Message(Role.USER, (Text("Hello"),)),), include_usage=True)
EVENTS = {
    event.model_fields["type"].annotation.__args__[0]: event
    for event in get_args(get_args(ResponseStreamEvent)[0])
}
"""The SDK's event classes by ``type``."""


def encoded(events: Iterable[Event], request: Request = ASKED) -> bytes:
    """The whole stream."""
    encoder = DIALECT.stream_encoder(request)
    return b"".join(encoder.encode(event) for event in events)


def data_of(stream: bytes) -> list[dict[str, Any]]:
    """The JSON of each event of a stream of ours."""
    lines = [line for line in stream.split(b"\n") if line.startswith(b"data: ")]
    return [msgspec.json.decode(line[6:]) for line in lines]


def parsed(stream: bytes) -> list[Any]:
    """The events as the SDK's objects, validated."""
    return [validated(event) for event in data_of(stream)]


def validated(event: dict[str, Any]) -> BaseModel:
    """One event as the SDK's object."""
    kind: type[BaseModel] = EVENTS[event["type"]]
    return kind.model_validate(event)


def client(answer: bytes, content_type: str) -> OpenAI:
    """An SDK client that is given `answer` whatever it asks."""

    def handler(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": content_type}, content=answer)

    http_client = httpx2.Client(transport=httpx2.MockTransport(handler))
    return OpenAI(api_key="sk-test", base_url="http://localhost/v1", http_client=http_client, max_retries=0)


def accumulated(stream: bytes) -> tuple[list[str], SdkResponse | None]:
    """The event types the SDK's own stream helper gave, and the response it made of them."""
    types = []
    final = None
    with client(stream, "text/event-stream").responses.stream(model="gpt-5", input="Hello") as events:
        for event in events:
            types.append(event.type)
            if event.type in {"response.completed", "response.incomplete", "response.failed"}:
                final = event.response
    return types, final
