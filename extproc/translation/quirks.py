"""Bends a written request to what its provider accepts; the rows are in `extproc.providers.quirks`."""

from functools import lru_cache
from typing import Any, Final

from extproc.dialects.api import Api
from extproc.llm.loss import Losses
from extproc.providers.profile import Profile
from extproc.providers.quirk import Quirk
from extproc.providers.quirks import quirks_of

Json = dict[str, Any]

_OURS: Final = frozenset({"stream_options", "include"})
"""Written whatever the client says: to leave them out is no loss of its."""

_MESSAGES: Final = {Api.CHAT: "messages", Api.RESPONSES: "input"}

_rows = lru_cache(maxsize=1024)(quirks_of)


def apply(body: Json, profile: Profile, api: Api, model: str, losses: Losses) -> Json:
    """`body` for this provider and model; what is left out is told to `losses`."""
    for quirk in _rows(profile.id, api, model):
        body = _bent(body, quirk, losses)
    return body


def _bent(body: Json, quirk: Quirk, losses: Losses) -> Json:
    for name in quirk.drops:
        if name in body and name not in _OURS:
            losses.add(name)
    bent = {quirk.renames.get(name, name): body[name] for name in body if name not in quirk.drops}
    bent = {**quirk.fills, **bent, **quirk.sets}
    effort = bent.get("reasoning_effort", "")
    if effort in quirk.efforts:
        bent["reasoning_effort"] = quirk.efforts[effort]
    messages = _MESSAGES.get(quirk.api, "")
    if messages in bent and _bends_messages(quirk):
        bent[messages] = [_message(message, quirk, messages, losses) for message in bent[messages]]
    return bent


def _bends_messages(quirk: Quirk) -> bool:
    spoken = quirk.roles or quirk.message_drops or quirk.refusals_said
    return bool(spoken or quirk.calls_with_thought or quirk.call_fills)


def _message(message: Json, quirk: Quirk, place: str, losses: Losses) -> Json:
    role = message.get("role", "")
    if role in quirk.roles:
        message = message | {"role": quirk.roles[role]}
    if role != "assistant":
        return _without(message, quirk, place, losses)
    if quirk.refusals_said and "refusal" in message:
        message = _said(message)
    message = _without(message, quirk, place, losses)
    return _with_calls(message, quirk) if message.get("tool_calls") else message


def _without(message: Json, quirk: Quirk, place: str, losses: Losses) -> Json:
    dropped = [name for name in quirk.message_drops if name in message]
    if not dropped:
        return message
    for name in dropped:
        losses.add(f"{place}[].{name}")
    kept = {name: value for name, value in message.items() if name not in dropped}
    if kept.get("content", "") is None and not kept.keys() & {"tool_calls", "refusal", "audio"}:
        kept["content"] = ""  # a thought was all it was, and content may only be null beside something else
    return kept


def _said(message: Json) -> Json:
    """The refusal as the message's words."""
    refusal, others = message["refusal"], {name: message[name] for name in message if name != "refusal"}
    content = message.get("content")
    if isinstance(content, list):
        return others | {"content": [*content, {"type": "text", "text": refusal}]}
    return others | {"content": f"{content}\n\n{refusal}" if content else refusal}


def _with_calls(message: Json, quirk: Quirk) -> Json:
    if quirk.calls_with_thought and "reasoning_content" not in message:
        message = message | {"reasoning_content": ""}
    if quirk.call_fills:
        calls = [{**quirk.call_fills, **call} for call in message["tool_calls"]]
        message = message | {"tool_calls": calls}
    return message
