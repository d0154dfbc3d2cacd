"""What reached a provider, read independently of the product, and as strictly as the real ones read it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import anthropic.types.message_create_params
import openai.types.chat.completion_create_params
import openai.types.responses.response_create_params

from extproc.dialects.api import Api
from extproc.testing.upstream import Seen

Json = dict[str, Any]


class RefusedError(AssertionError):
    """A real provider would answer 400 to this request."""


@dataclass(frozen=True)
class Asked:
    """A request to a model, whatever API it came by; each field in the order it was said."""

    model: str
    stream: bool
    said: tuple[tuple[str, str], ...]
    """Roles (``system``, ``user``, ``assistant``) and texts."""
    calls: tuple[tuple[str, str, Any], ...]
    """Ids, names and arguments."""
    results: tuple[tuple[str, str], ...]
    """Ids and texts."""
    thoughts: tuple[tuple[str, str], ...]
    """Texts and signatures."""
    tools: tuple[tuple[str, str, Any], ...]
    """Names, descriptions and schemas."""
    effort: Any
    """What was said of reasoning, as the API says it."""


def asked(api: Api, seen: Seen) -> Asked:
    """Read a request; raises `RefusedError`."""
    _must(seen.header("content-type") == "application/json", "content-type")
    return _READERS[api](seen.json(), seen)


def _must(condition: object, what: str) -> None:
    if not condition:
        raise RefusedError(what)


@cache
def _fields(module: Any, name: str) -> frozenset[str]:
    return frozenset(get_type_hints(getattr(module, name)))


def _only_known(body: Json, module: Any, name: str, *more: str) -> None:
    unknown = body.keys() - _fields(module, name) - {"stream", *more}
    _must(not unknown, f"unknown fields {unknown}")


def _texts(content: Any, kinds: tuple[str, ...]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content or () if part.get("type", "text") in kinds)


# Chat Completions


def _chat(body: Json, seen: Seen) -> Asked:
    _must(seen.target.endswith("/chat/completions"), seen.target)
    _only_known(body, openai.types.chat.completion_create_params, "CompletionCreateParamsBase")
    _must("stream_options" not in body or body.get("stream"), "stream_options without stream")
    messages = body["messages"]
    _chat_pairs(messages)
    calls = [call for message in messages for call in message.get("tool_calls") or ()]
    return Asked(
        body["model"],
        body.get("stream", False),
        tuple(
            (message["role"], text)
            for message in messages
            if message["role"] != "tool" and (text := _texts(message.get("content"), ("text",)))
        ),
        tuple((c["id"], c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls),
        tuple((m["tool_call_id"], _texts(m["content"], ("text",))) for m in messages if m["role"] == "tool"),
        tuple((m["reasoning_content"], "") for m in messages if m.get("reasoning_content")),
        tuple(
            (f["name"], f["description"], f["parameters"])
            for f in (tool["function"] for tool in body.get("tools", ()))
        ),
        body.get("reasoning_effort"),
    )


def _chat_pairs(messages: list[Json]) -> None:
    open_calls: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            _must(message["tool_call_id"] in open_calls, f"no call {message['tool_call_id']}")
            open_calls.discard(message["tool_call_id"])
            continue
        _must(not open_calls, f"calls without results: {open_calls}")
        open_calls = {call["id"] for call in message.get("tool_calls") or ()}
    _must(not open_calls, f"calls without results: {open_calls}")


# Messages


def _messages(body: Json, seen: Seen) -> Asked:
    _must(seen.target == "/v1/messages", seen.target)
    _must(seen.header("anthropic-version"), "anthropic-version")
    _only_known(body, anthropic.types.message_create_params, "MessageCreateParamsBase", "output_config")
    _must(body["max_tokens"] > (body.get("thinking") or {}).get("budget_tokens", 0), "max_tokens")
    blocks = list(_blocks(body["messages"], "tool_use", "tool_result", "id", "tool_use_id"))
    system = _texts(body.get("system"), ("text",))
    return Asked(
        body["model"],
        body.get("stream", False),
        (*([("system", system)] if system else ()), *_said(blocks, "text")),
        tuple((b["id"], b["name"], b["input"]) for _, b in blocks if b["type"] == "tool_use"),
        tuple(
            (b["tool_use_id"], _texts(b["content"], ("text",)))
            for _, b in blocks
            if b["type"] == "tool_result"
        ),
        tuple((b["thinking"], b["signature"]) for _, b in blocks if b["type"] == "thinking"),
        tuple((tool["name"], tool["description"], tool["input_schema"]) for tool in body.get("tools", ())),
        body.get("thinking"),
    )


def _said(blocks: list[tuple[str, Json]], key: str) -> Iterator[tuple[str, str]]:
    return ((role, block[key]) for role, block in blocks if block.get("type", key) == "text" and key in block)


def _blocks(
    messages: list[Json], call: str, result: str, call_id: str, result_id: str
) -> Iterator[tuple[str, Json]]:
    """Each block with its role; turns alternate, and each call has its result in the next one."""
    roles = [message["role"] for message in messages]
    _must(roles == ["user", "assistant"] * (len(roles) // 2) + ["user"], f"roles {roles}")
    open_calls: set[str] = set()
    for message in messages:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        _must(blocks, "an empty message")
        results = [b.get(result, b) for b in blocks if result in b or b.get("type") == result]
        _must({r[result_id] for r in results} == open_calls, f"{open_calls} without results")
        calls = [b.get(call, b) for b in blocks if call in b or b.get("type") == call]
        open_calls = {c[call_id] for c in calls}
        _must(all(re.fullmatch("[a-zA-Z0-9_-]+", name) for name in open_calls), f"ids {open_calls}")
        for block in blocks:
            _must(block.get("text", "x").strip(), "an empty text")
            yield message["role"], block


# Responses


def _responses(body: Json, seen: Seen) -> Asked:
    _must(seen.target.endswith("/responses"), seen.target)
    _only_known(body, openai.types.responses.response_create_params, "ResponseCreateParamsBase")
    items = body["input"]
    items = [{"role": "user", "content": items}] if isinstance(items, str) else items
    calls = [item for item in items if item.get("type") == "function_call"]
    results = [item for item in items if item.get("type") == "function_call_output"]
    _must({c["call_id"] for c in calls} == {r["call_id"] for r in results}, "calls without results")
    kinds = ("input_text", "output_text")
    instructions = body.get("instructions")
    spoken = [
        (item["role"].replace("developer", "system"), _texts(item["content"], kinds))
        for item in items
        if "role" in item
    ]
    return Asked(
        body["model"],
        body.get("stream", False),
        (*([("system", instructions)] if instructions else ()), *spoken),
        tuple((c["call_id"], c["name"], json.loads(c["arguments"])) for c in calls),
        tuple((r["call_id"], _texts(r["output"], kinds)) for r in results),
        tuple(
            (_texts(item["summary"], ("summary_text",)), item["encrypted_content"])
            for item in items
            if item.get("type") == "reasoning"
        ),
        tuple((tool["name"], tool["description"], tool["parameters"]) for tool in body.get("tools", ())),
        body.get("reasoning"),
    )


# Bedrock Converse

_CONVERSE = frozenset(
    {
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "guardrailConfig",
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "promptVariables",
        "requestMetadata",
        "performanceConfig",
        "serviceTier",
        "outputConfig",
    }
)


def _converse(body: Json, seen: Seen) -> Asked:
    found = re.fullmatch("/model/([^/]+)/converse(-stream)?", seen.target)
    assert found, seen.target
    _must(body.keys() <= _CONVERSE, f"unknown fields {body.keys() - _CONVERSE}")
    inner = [
        {**message, "content": [_used(block) for block in message["content"]]} for message in body["messages"]
    ]
    blocks = list(_blocks(inner, "toolUse", "toolResult", "toolUseId", "toolUseId"))
    used = [block for _, block in blocks if "toolUse" in block or "toolResult" in block]
    _must(not used or body.get("toolConfig"), "toolUse without toolConfig")
    system = _texts(body.get("system"), ("text",))
    reasoning = [b["reasoningContent"]["reasoningText"] for _, b in blocks if "reasoningContent" in b]
    return Asked(
        found[1],
        bool(found[2]),
        (*([("system", system)] if system else ()), *((r, b["text"]) for r, b in blocks if "text" in b)),
        tuple(
            (c["toolUseId"], c["name"], c["input"]) for c in (b["toolUse"] for b in used if "toolUse" in b)
        ),
        tuple(
            (r["toolUseId"], _texts(r["content"], ("text",)))
            for r in (b["toolResult"] for b in used if "toolResult" in b)
        ),
        tuple((r["text"], r.get("signature", "")) for r in reasoning),
        tuple(
            (t["name"], t["description"], t["inputSchema"]["json"])
            for t in (tool["toolSpec"] for tool in (body.get("toolConfig") or {}).get("tools", ()))
        ),
        (body.get("additionalModelRequestFields") or {}).get("thinking"),
    )


def _used(block: Json) -> Json:
    _must(len(block) == 1, f"a block of several kinds: {block}")
    return block


_READERS: dict[Api, Callable[[Json, Seen], Asked]] = {
    Api.CHAT: _chat,
    Api.MESSAGES: _messages,
    Api.RESPONSES: _responses,
    Api.CONVERSE: _converse,
}
