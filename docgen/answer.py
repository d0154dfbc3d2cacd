"""What becomes of a whole answer: why it ended, what it holds, what it cost."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from docgen.probe import NAMES, Json, changes, table
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.errors import ProviderFailed
from extproc.llm.request import Request

_ASKED: Final = Request(model="m", messages=(), include_usage=True)
_ELSE: Final = "any other"

_FINISHES: Final = {
    Api.CHAT: ("stop", "length", "tool_calls", "function_call", "content_filter", _ELSE),
    Api.RESPONSES: ("completed", "incomplete: max_output_tokens", "incomplete: content_filter", "failed"),
    Api.MESSAGES: (
        "end_turn",
        "stop_sequence",
        "max_tokens",
        "model_context_window_exceeded",
        "tool_use",
        "pause_turn",
        "refusal",
        _ELSE,
    ),
    Api.CONVERSE: (
        "end_turn",
        "stop_sequence",
        "max_tokens",
        "model_context_window_exceeded",
        "tool_use",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        _ELSE,
    ),
}
"""What providers say; the first is that of an ordinary answer."""

_CALLING: Final = ("tool_calls", "function_call", "tool_use")
"""Said of answers that call tools."""


def _answer(api: Api, said: list[Json], finish: str | None = None, usage: Json | None = None) -> Json:
    """A whole answer of `api` with these parts, in its own words."""
    finish = finish or _FINISHES[api][0]
    if api is Api.CHAT:
        message: Json = {"role": "assistant", "content": "Hi."} | (said[0] if said else {})
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {"id": "chatcmpl-1", "model": "m", "created": 1, "choices": [choice], "usage": usage}
    if api is Api.MESSAGES:
        content = [{"type": "text", "text": "Hi."}, *said]
        return {"id": "msg_1", "model": "m", "content": content, "stop_reason": finish, "usage": usage or {}}
    if api is Api.CONVERSE:
        message = {"role": "assistant", "content": [{"text": "Hi."}, *said]}
        return {"output": {"message": message}, "stopReason": finish, "usage": usage or {}}
    status, _, reason = finish.partition(": ")
    text = {"type": "output_text", "text": "Hi.", "annotations": []}
    output = [{"type": "message", "id": "msg_1", "role": "assistant", "content": [text]}, *said]
    told: Json = {"id": "resp_1", "model": "m", "created_at": 1, "status": status, "output": output}
    return told | {"incomplete_details": {"reason": reason} if reason else None, "usage": usage}


def _translated(answer: Json, upstream: Api, client: Api) -> Json:
    response = UPSTREAM_DIALECTS[upstream].read_response(answer)
    named = msgspec.structs.replace(response, id=response.id or "1", created=1)
    return CLIENT_DIALECTS[client].write_response(named, _ASKED)


def _finish_of(answer: Json, client: Api) -> str:
    if client is Api.CHAT:
        return str(answer["choices"][0]["finish_reason"])
    if client is Api.MESSAGES:
        return str(answer["stop_reason"])
    details = answer.get("incomplete_details")
    return f"{answer['status']}: {details['reason']}" if details else str(answer["status"])


def finishes(upstream: Api) -> str:
    """Why an answer ended: a row each of the provider's words."""
    clients = [api for api in CLIENT_DIALECTS if api is not upstream]
    rows = []
    for finish in _FINISHES[upstream]:
        calls = [_PARTS[upstream][1][1]] if finish in _CALLING else []
        answer = _answer(upstream, calls, "unheard_of" if finish == _ELSE else finish)
        told = [_finish_cell(answer, upstream, client) for client in clients]
        rows.append([finish if finish == _ELSE else f"`{finish}`", *told])
    return table([NAMES[upstream], *(NAMES[client] for client in clients)], rows)


def _finish_cell(answer: Json, upstream: Api, client: Api) -> str:
    try:
        return f"`{_finish_of(_translated(answer, upstream, client), client)}`"
    except ProviderFailed as failure:
        return f"an error of status {failure.status}"


_CALL: Final = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}

_PARTS: Final[dict[Api, tuple[tuple[str, Json], ...]]] = {
    Api.CHAT: (
        ("`content`", {"content": "Hi. And more."}),
        ("`tool_calls`", {"tool_calls": [_CALL]}),
        ("`refusal`", {"refusal": "No."}),
        ("`reasoning_content`, `reasoning`", {"reasoning_content": "Hm."}),
        (
            "`reasoning_details` with a signature",
            {"reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "signature": "sig"}]},
        ),
        (
            "`annotations`",
            {
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "url": "https://a.example",
                            "title": "A",
                            "start_index": 0,
                            "end_index": 2,
                        },
                    }
                ]
            },
        ),
        ("`audio`", {"audio": {"id": "a1", "data": "AAAA", "transcript": "Hi.", "expires_at": 1}}),
    ),
    Api.RESPONSES: (
        (
            "`message`",
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "More."}]},
        ),
        (
            "`refusal`",
            {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        ),
        ("`function_call`", {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}),
        (
            "`custom_tool_call`",
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "select"},
        ),
        (
            "`reasoning`",
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm."}],
                "encrypted_content": "xx",
            },
        ),
        ("`web_search_call` and others of its own tools", {"type": "web_search_call", "id": "ws_1"}),
    ),
    Api.MESSAGES: (
        ("`text`", {"type": "text", "text": "More."}),
        ("`tool_use`", {"type": "tool_use", "id": "c1", "name": "look", "input": {}}),
        ("`thinking`", {"type": "thinking", "thinking": "Hm.", "signature": "sig"}),
        ("`redacted_thinking`", {"type": "redacted_thinking", "data": "xx"}),
        (
            "`server_tool_use` and others of its own tools",
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
        ),
    ),
    Api.CONVERSE: (
        ("`text`", {"text": "More."}),
        ("`toolUse`", {"toolUse": {"toolUseId": "c1", "name": "look", "input": {}}}),
        (
            "`reasoningContent`",
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}},
        ),
        ("`image`", {"image": {"format": "png", "source": {"bytes": "AAAA"}}}),
    ),
}
"""What an answer may hold besides a word of text, as the provider says it."""


def parts(upstream: Api) -> str:
    """What an answer holds: a row each kind of part."""
    clients = [api for api in CLIENT_DIALECTS if api is not upstream]
    rows = []
    for label, part in _PARTS[upstream]:
        cells = []
        for client in clients:
            before = _translated(_answer(upstream, []), upstream, client)
            after = _translated(_answer(upstream, [part]), upstream, client)
            cells.append("<br>".join(dict.fromkeys(changes(before, after))) or "not shown")
        rows.append([label, *cells])
    return table([NAMES[upstream], *(NAMES[client] for client in clients)], rows)


_USAGES: Final[dict[Api, Json]] = {
    Api.CHAT: {
        "prompt_tokens": 1_000,
        "completion_tokens": 10_000,
        "total_tokens": 11_000,
        "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 10},
    },
    Api.RESPONSES: {
        "input_tokens": 1_000,
        "output_tokens": 10_000,
        "total_tokens": 11_000,
        "input_tokens_details": {"cached_tokens": 1},
        "output_tokens_details": {"reasoning_tokens": 10},
    },
    Api.MESSAGES: {
        "input_tokens": 1_000,
        "output_tokens": 10_000,
        "cache_read_input_tokens": 1,
        "cache_creation_input_tokens": 100,
        "output_tokens_details": {"thinking_tokens": 10},
    },
    Api.CONVERSE: {
        "inputTokens": 1_000,
        "outputTokens": 10_000,
        "totalTokens": 11_000,
        "cacheReadInputTokens": 1,
        "cacheWriteInputTokens": 100,
    },
}
"""Each number but the total is another power of ten, so that a sum tells what it is made of."""


def usages(upstream: Api) -> str:
    """What an answer cost: a row each number that a client is told."""
    known = {value: path for path, value in _leaves(_USAGES[upstream]) if "total" not in path}
    rows = []
    for client in CLIENT_DIALECTS:
        if client is upstream:
            continue
        answer = _translated(_answer(upstream, [], usage=_USAGES[upstream]), upstream, client)
        rows += [
            [NAMES[client], f"`{path}`", _sum(value, known)]
            for path, value in _leaves(answer["usage"])
            if value
        ]
    return table(["client", "is told", f"from {NAMES[upstream]}"], rows)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, int]]:
    for key, inner in value.items():
        place = f"{path}.{key}" if path else key
        if isinstance(inner, dict):
            yield from _leaves(inner, place)
        elif isinstance(inner, int):
            yield place, inner


def _sum(value: int, known: dict[int, str]) -> str:
    """E.g. 1010 as the names of 1000 and 10; a nine was borrowed: 999 is 1000 less 1."""
    terms: list[str] = []
    left = value
    for power in sorted(known, reverse=True):
        digit = round(left / power)
        if digit:
            terms.append(f"{'+' if digit > 0 else 'less'} `{known[power]}`")
            left -= digit * power
    return " ".join(terms).removeprefix("+ ")
