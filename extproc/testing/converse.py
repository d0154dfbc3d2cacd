"""Amazon Bedrock's Converse API for the scripted provider: what it refuses, and what it answers.

Shapes are those of the ``bedrock-runtime`` service model (2023-09-30), of what a client can make us write.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, unquote

from extproc.dialects.api import Api
from extproc.llm import eventstream
from extproc.testing.answers import Answer, Cut, json_answer
from extproc.testing.said import Said, answer
from extproc.testing.upstream import Script, Seen

Json = dict[str, Any]

_TARGET: Final = re.compile(r"(?:/[^?]+)?/model/(?P<id>[^/?]+)/(?P<call>converse|converse-stream)")


class OneOf(dict[str, Any]):
    """A union: an object with exactly one of these members."""


def _bytes(value: object) -> bool:
    return isinstance(value, str) and base64.b64encode(base64.b64decode(value)).decode() == value


_NUMBER: Final = (int, float)
_CACHE: Final = {"type": str, "ttl?": str}
_SOURCE: Final = OneOf(bytes=_bytes, s3Location={"uri": str})
_MEDIA: Final = {
    "image": {"format": str, "source": _SOURCE},
    "document": {
        "format": str,
        "name": str,
        "source": _SOURCE,
        "context?": str,
        "citations?": {"enabled": bool},
    },
}
_BLOCK: Final = OneOf(
    _MEDIA,
    text=str,
    audio={"format": str, "source": _SOURCE},
    toolUse={"toolUseId": str, "name": str, "input": dict},
    toolResult={
        "toolUseId": str,
        "content": [OneOf(_MEDIA, text=str, json=dict)],
        "status?": str,
    },
    reasoningContent=OneOf(reasoningText={"text": str, "signature?": str}, redactedContent=_bytes),
    cachePoint=_CACHE,
)
_TOOL: Final = OneOf(
    toolSpec={"name": str, "description?": str, "inputSchema": {"json": dict}, "strict?": bool},
    cachePoint=_CACHE,
)
BODY: Final = {
    "messages": [{"role": str, "content": [_BLOCK]}],
    "system?": [OneOf(text=str, cachePoint=_CACHE)],
    "inferenceConfig?": {
        "maxTokens?": int,
        "temperature?": _NUMBER,
        "topP?": _NUMBER,
        "stopSequences?": [str],
    },
    "toolConfig?": {
        "tools": [_TOOL],
        "toolChoice?": OneOf(auto={}, any={}, tool={"name": str}),
    },
    "additionalModelRequestFields?": dict,
    "additionalModelResponseFieldPaths?": [str],
    "outputConfig?": {"textFormat": dict},
    "requestMetadata?": dict,
    "serviceTier?": {"type": str},
}
"""The request's form: a type, a test, ``[form of each]``, a mapping; ``?`` ends names that may be absent."""


def model_of(seen: Seen) -> str | None:
    """The model that a request asks for; ``None``: its path is none of Converse's."""
    match = _TARGET.fullmatch(seen.target)
    return unquote(match["id"]) if match else None


def streamed(seen: Seen) -> bool:
    """Whether a stream was asked for."""
    return seen.target.endswith("-stream")


def faults(seen: Seen) -> Iterator[str]:
    """Each sentence is one reason to refuse the request; none: it is fine."""
    model = model_of(seen)
    if seen.method != "POST" or model is None or f"/{quote(model, safe='')}/" not in seen.target:
        yield f"unknown operation {seen.method} {seen.target}"
    if seen.header("content-type") != "application/json":
        yield f"content-type {seen.header('content-type')}"
    body = seen.json()
    misshapen = list(_misshapen(body, BODY, "body"))
    yield from misshapen or _turns_out_of_order(body)


def _misshapen(value: Any, form: Any, path: str) -> Iterator[str]:
    match form:
        case OneOf():
            names = list(value) if isinstance(value, dict) else []
            if len(names) != 1 or names[0] not in form:
                yield f"{path} must have one of {', '.join(form)}"
            else:
                yield from _misshapen(value[names[0]], form[names[0]], f"{path}.{names[0]}")
        case dict():
            yield from _not_a_structure(value, form, path)
        case [each]:
            if not isinstance(value, list) or not value:
                yield f"{path} must be a list with something in it"
            else:
                for index, item in enumerate(value):
                    yield from _misshapen(item, each, f"{path}[{index}]")
        case type() | tuple():
            if not isinstance(value, form) or (isinstance(value, bool) and form is not bool):
                yield f"{path} has the wrong type"
        case _:
            if not form(value):
                yield f"{path} is not valid"


def _not_a_structure(value: Any, form: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} must be an object"
        return
    members = {name.removesuffix("?"): inner for name, inner in form.items()}
    yield from (f"{path}.{name} is unknown" for name in value if name not in members)
    yield from (f"{path}.{name} is missing" for name in form if not name.endswith("?") and name not in value)
    for name in members.keys() & value.keys():
        yield from _misshapen(value[name], members[name], f"{path}.{name}")


def _turns_out_of_order(body: Json) -> Iterator[str]:
    roles = [message["role"] for message in body["messages"]]
    if roles != [("user", "assistant")[index % 2] for index in range(len(roles))]:
        yield f"roles must alternate, the user's first: {roles}"
    asked: list[str] = []
    for message in body["messages"]:
        blocks = message["content"]
        yield from ("text must not be blank" for block in blocks if not block.get("text", "x").strip())
        answered = [block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block]
        if sorted(answered) != sorted(asked):
            yield f"tool results {answered} do not answer the calls {asked}"
        asked = [block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block]
        if (asked or answered) and "toolConfig" not in body:
            yield "tool blocks need toolConfig"


# What it answers beside the answers in `extproc.testing.said`.


def strict(tell: Callable[[Seen], Answer]) -> Script:
    """A script that answers like `tell` what has no faults, and else as Amazon would."""

    def script(seen: Seen) -> Answer:
        found = list(faults(seen))
        return error(400, "ValidationException", "; ".join(found)) if found else tell(seen)

    return script


def says(said: Said) -> Script:
    """A script that says it, whole or streamed as it was asked."""
    return strict(lambda seen: answer(Api.CONVERSE, said, stream=streamed(seen)))


def broken(said: Said, *instead: bytes | Cut, after: int) -> Answer:
    """The stream of `said`, with something else in place of all that follows so many frames."""
    whole = answer(Api.CONVERSE, said, stream=True)
    return replace(whole, steps=(*whole.steps[:after], *instead))


def exception(kind: str, message: str) -> bytes:
    """The frame that ends a stream too early, such as ``throttlingException``."""
    head = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return eventstream.encode(head, json.dumps({"message": message}).encode())


def error(status: int, kind: str, message: str) -> Answer:
    """A refusal; its name is in a header alone."""
    kind = f"{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/"
    return json_answer({"message": message}, status).adding(("x-amzn-errortype", kind))
