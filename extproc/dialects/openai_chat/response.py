"""The answer of ``POST /v1/chat/completions``, both ways."""

from typing import Any, Final

import msgspec

from extproc.dialects import fields
from extproc.dialects.openai_chat import answer, citations, errors, finish, reasoning, usage
from extproc.errors import ProviderFailed
from extproc.llm.parts import Part, Reasoning, Refusal, Text, ToolCall
from extproc.llm.request import Request
from extproc.llm.response import Response

Json = dict[str, Any]

_BODY: Final = frozenset({"id", "object", "created", "model", "choices", "usage", "service_tier"})
_CHOICE: Final = frozenset({"index", "message", "finish_reason", "stop_reason"})
_MESSAGE: Final = frozenset(
    {
        "annotations",
        "content",
        "function_call",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "refusal",
        "role",
        "tool_calls",
    }
)


def read_response(body: Json) -> Response:
    """The answer. Raises `InvalidRequest` where there is none to be found, `ProviderFailed` for an error."""
    fields.as_object(body, "")
    choices = fields.objects(body, "choices", "")
    unmodelled = fields.left_over(body, _BODY, "") + [at for at, _ in choices[1:]]
    at, choice = choices[0] if choices else ("", {})
    unmodelled += fields.left_over(choice, _CHOICE, at)
    if isinstance(choice.get("error"), dict):  # OpenRouter's way, where the one behind it failed
        raise ProviderFailed(errors.error_of(choice, 502).message)
    message = fields.mapping(choice, "message", at) or {}
    unmodelled += fields.left_over(message, _MESSAGE, f"{at}.message")
    answer_id = answer.text_of(body, "id")
    calls = _read_calls(message, answer_id)
    return Response(
        id=answer_id,
        model=answer.text_of(body, "model"),
        parts=(*_read_said(message), *calls),
        finish=finish.read(choice, tool_calls=bool(calls)),
        created=answer.created_of(body),
        stop_sequence=finish.stop_sequence_of(choice),
        usage=usage.read(body.get("usage")),
        service_tier=answer.text_of(body, "service_tier") or None,
        unmodelled=tuple(unmodelled),
    )


def _read_said(message: Json) -> list[Part]:
    """Thinking, text, refusal."""
    parts: list[Part] = [*reasoning.read(message)]
    text, thought = split_content(message.get("content"))
    if thought and not parts:
        parts.append(Reasoning(thought))
    text = text or answer.spoken(message.get("audio"))
    if text:
        parts.append(Text(text, annotations=citations.read(message)))
    if refusal := answer.text_of(message, "refusal"):
        parts.append(Refusal(refusal))
    return parts


def split_content(content: object) -> tuple[str, str]:
    """Text and thinking of ``content``: a string, or (Mistral) an array of both."""
    if isinstance(content, str):
        return content, ""
    text, thought = [], []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, dict) and part.get("type") == "thinking":
            inner = part.get("thinking")
            thought.append(inner if isinstance(inner, str) else split_content(inner)[0])
        elif isinstance(part, dict):
            text.append(answer.text_of(part, "text"))
    return "".join(text), "".join(thought)


def _read_calls(message: Json, answer_id: str) -> list[ToolCall]:
    """The tool calls, or the deprecated function call."""
    calls = message.get("tool_calls")
    entries = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    if not entries and isinstance(message.get("function_call"), dict):
        entries = [{"function": message["function_call"]}]
    return [_read_call(call, answer_id, i) for i, call in enumerate(entries)]


def _read_call(call: Json, answer_id: str, index: int) -> ToolCall:
    call_id = answer.text_of(call, "id") or answer.made_call_id(answer_id, index)
    custom, function = call.get("custom"), call.get("function")
    if isinstance(custom, dict) and not isinstance(function, dict):
        return ToolCall(call_id, answer.text_of(custom, "name"), answer.text_of(custom, "input"), custom=True)
    function = function if isinstance(function, dict) else {}
    return ToolCall(call_id, answer.text_of(function, "name"), arguments_of(function))


def arguments_of(function: Json) -> str:
    """``arguments``: JSON text, or (Ollama and others) the object itself."""
    arguments = function.get("arguments")
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments if isinstance(arguments, str) else ""


def write_response(response: Response, request: Request) -> Json:
    """The answer for a client that sent `request`."""
    model = response.model or request.model
    body = answer.head(response.id, "chat.completion", response.created, model, response.service_tier)
    reason = finish.write(response.finish, functions_deprecated=request.functions_deprecated)
    message = _write_message(response.parts, functions_deprecated=request.functions_deprecated)
    body["choices"] = [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}]
    if response.usage is not None:
        body["usage"] = usage.write(response.usage)
    return body


def _write_message(parts: tuple[Part, ...], *, functions_deprecated: bool) -> Json:
    texts = [part for part in parts if isinstance(part, Text)]
    refusal = "".join(part.text for part in parts if isinstance(part, Refusal))
    message: Json = {
        "role": "assistant",
        "content": "".join(part.text for part in texts) if texts else None,
        "refusal": refusal or None,
        "annotations": _citations(texts),
    }
    message |= _write_reasoning([part for part in parts if isinstance(part, Reasoning)])
    calls = [part for part in parts if isinstance(part, ToolCall)]
    if calls and functions_deprecated:
        message["function_call"] = {"name": calls[0].name, "arguments": calls[0].arguments or "{}"}
    elif calls:
        message["tool_calls"] = [_write_call(call) for call in calls]
    return message


def _citations(texts: list[Text]) -> list[Json]:
    """Those of all the texts, their places counted in the joined one."""
    written: list[Json] = []
    offset = 0
    for text in texts:
        written += citations.write(text.annotations, offset)
        offset += len(text.text)
    return written


def _write_reasoning(parts: list[Reasoning]) -> Json:
    text = "\n\n".join(part.text for part in parts if part.text)
    written: Json = {"reasoning_content": text} if text else {}
    details = reasoning.details_of(parts)
    return written | {"reasoning_details": details} if details else written


def _write_call(call: ToolCall) -> Json:
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function}
