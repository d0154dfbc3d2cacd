"""Bends a written request to what its provider accepts; the rows are in `extproc.providers.quirks`."""

from dataclasses import replace
from functools import lru_cache, reduce
from typing import Any, Final, NamedTuple

from extproc.dialects.api import Api
from extproc.llm.loss import Losses
from extproc.providers.profile import Profile
from extproc.providers.quirk import Quirk
from extproc.providers.quirks import quirks_of

Json = dict[str, Any]

_OURS: Final = frozenset({"stream_options", "include"})
"""Written whatever the client says: to leave them out is no loss of its."""

_MESSAGES: Final = {Api.CHAT: "messages", Api.RESPONSES: "input"}

_BENDING: Final = ("roles", "message_drops", "refusals_said", "calls_with_thought", "call_fills")


class _Plan(NamedTuple):
    """The rows for one model; `spoken` is what they say of messages, which are gone over but once."""

    rows: tuple[Quirk, ...]
    spoken: Quirk | None


@lru_cache(maxsize=1024)
def _plan(provider: str, api: Api, model: str) -> _Plan:
    rows = quirks_of(provider, api, model)
    bending = [row for row in rows if any(getattr(row, name) for name in _BENDING)]
    return _Plan(rows, reduce(_both, bending) if bending else None)


def _both(one: Quirk, other: Quirk) -> Quirk:
    return replace(
        one,
        roles={**one.roles, **other.roles},
        message_drops=one.message_drops | other.message_drops,
        refusals_said=one.refusals_said or other.refusals_said,
        calls_with_thought=one.calls_with_thought or other.calls_with_thought,
        call_fills={**one.call_fills, **other.call_fills},
    )


def apply(body: Json, profile: Profile, api: Api, model: str, losses: Losses) -> Json:
    """`body` for this provider and model; what is left out is told to `losses`."""
    plan = _plan(profile.id, api, model)
    for row in plan.rows:
        body = _bent(body, row, losses)
    place = _MESSAGES.get(api, "")
    if plan.spoken is not None and place in body:
        spoken = plan.spoken
        body[place] = [_message(message, spoken, place, losses) for message in body[place]]
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
    return bent


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
    if quirk.message_drops.isdisjoint(message):
        return message
    dropped = quirk.message_drops & message.keys()
    for name in sorted(dropped):
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
