"""Whole answers, both ways."""

from collections.abc import Callable, Mapping
from typing import Final

from extproc.dialects import fields
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.content import read_part
from extproc.dialects.openai_responses.failure import failure_of
from extproc.dialects.openai_responses.ids import Ids
from extproc.dialects.openai_responses.output_items import (
    custom_call_item,
    function_call_item,
    message_item,
    reasoning_item,
    refusal_part,
    text_part,
)
from extproc.dialects.openai_responses.read_items import read_call, read_reasoning
from extproc.dialects.openai_responses.response_object import (
    begun,
    created_at,
    end,
    is_complete,
    read_finish,
    read_usage,
    tier,
)
from extproc.errors import InvalidRequest, ProviderFailed
from extproc.llm.parts import Opaque, Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Response


def read_response(body: Json) -> Response:
    """Tolerant: an item that cannot be read is `Opaque`. Raises `ProviderFailed` when it says it failed."""
    failed = failure_of(body)
    if failed is not None:
        raise ProviderFailed(failed.message)
    lost: list[str] = []
    parts: list[Part] = []
    output = body.get("output")
    for index, item in enumerate(output if isinstance(output, list) else ()):
        if isinstance(item, dict):
            parts += read_output_item(item, f"output[{index}]", lost)
    called = any(isinstance(part, ToolCall) for part in parts)
    return Response(
        id=said(body, "id") or "",
        model=said(body, "model") or "",
        parts=tuple(parts),
        finish=read_finish(body, called),
        created=created_at(body),
        usage=read_usage(body.get("usage")),
        service_tier=said(body, "service_tier"),
        unmodelled=tuple(lost),
    )


def said(obj: Json, key: str) -> str | None:
    """A string of a provider's, if it is one."""
    value = obj.get(key)
    return value if isinstance(value, str) else None


def read_output_item(item: Json, path: str, lost: list[str]) -> list[Part]:
    """The parts of one output item."""
    kind = said(item, "type") or ""
    reader = _READERS.get(kind)
    try:
        return reader(item, path, lost) if reader else [Opaque(Api.RESPONSES, path, kind, item)]
    except InvalidRequest:
        return [Opaque(Api.RESPONSES, path, kind, item)]


def _read_message(item: Json, path: str, lost: list[str]) -> list[Part]:
    return [read_part(part, part_path, lost) for part_path, part in fields.objects(item, "content", path)]


def _read_function_call(item: Json, path: str, lost: list[str]) -> list[Part]:
    return [read_call(item, path, "arguments", lost)]


def _read_custom_call(item: Json, path: str, lost: list[str]) -> list[Part]:
    return [read_call(item, path, "input", lost)]


def _read_reasoning(item: Json, path: str, lost: list[str]) -> list[Part]:
    """Reasoning that is neither told nor to be given back is not worth a part."""
    reasoning = read_reasoning(item, path, lost)
    return [reasoning] if reasoning.text or reasoning.signature or reasoning.redacted else []


_READERS: Final[Mapping[str, Callable[[Json, str, list[str]], list[Part]]]] = {
    "message": _read_message,
    "function_call": _read_function_call,
    "custom_tool_call": _read_custom_call,
    "reasoning": _read_reasoning,
}


def write_response(response: Response, request: Request) -> Json:
    """The ``response`` object; what it repeats of the request is `request`'s."""
    ids = Ids(response.id)
    body = begun(request, ids.response, response.model, response.created)
    if response.service_tier is not None:
        body["service_tier"] = tier(response.service_tier)
    output = _write_output(response.parts, ids)
    if output and not is_complete(response.finish) and "status" in output[-1]:
        output[-1]["status"] = "incomplete"
    return end(body, response.finish, output, response.usage)


def _write_output(parts: tuple[Part, ...], ids: Ids) -> list[Json]:
    """Items for the parts; words that follow each other are one message."""
    output: list[Json] = []
    for part in parts:
        if isinstance(part, Text | Refusal):
            content = (
                text_part(part.text, part.annotations) if isinstance(part, Text) else refusal_part(part.text)
            )
            if output and output[-1]["type"] == "message":
                output[-1]["content"].append(content)
            else:
                output.append(message_item(ids.item("msg", len(output)), "completed", [content]))
        else:
            output += _write_item(part, len(output), ids)
    return output


def _write_item(part: Part, index: int, ids: Ids) -> list[Json]:
    match part:
        case ToolCall(custom=True):
            item_id = ids.item("ctc", index, part.item_id)
            return [
                custom_call_item(item_id, "completed", part.arguments, ids.call(index, part.id), part.name)
            ]
        case ToolCall():
            item_id = ids.item("fc", index, part.item_id)
            arguments = part.arguments or "{}"
            return [function_call_item(item_id, "completed", arguments, ids.call(index, part.id), part.name)]
        case Reasoning():
            own = part.id if part.origin == Api.RESPONSES else None
            return [reasoning_item(ids.item("rs", index, own), part)]
        case Opaque(origin=Api.RESPONSES):
            return [part.raw]
        case _:
            return []
