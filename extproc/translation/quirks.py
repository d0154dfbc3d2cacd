"""Bends a written request to what its provider accepts; the rows are in `extproc.providers.quirks`."""

from typing import Any

from extproc.dialects.api import Api
from extproc.llm.loss import Losses
from extproc.providers.profile import Profile
from extproc.providers.quirks import Quirk, quirks_of

Json = dict[str, Any]


def apply(body: Json, profile: Profile, api: Api, model: str, losses: Losses) -> Json:
    """`body` for this provider and model; what is left out is told to `losses`."""
    for quirk in quirks_of(profile.id, api, model):
        body = _bent(body, quirk, losses)
    return body


def _bent(body: Json, quirk: Quirk, losses: Losses) -> Json:
    for name in quirk.drops:
        if name in body:
            losses.add(name)
    bent = {quirk.renames.get(name, name): body[name] for name in body if name not in quirk.drops}
    bent |= quirk.sets
    effort = bent.get("reasoning_effort", "")
    if effort in quirk.efforts:
        bent["reasoning_effort"] = quirk.efforts[effort]
    if quirk.system_only:
        bent["messages"] = [_system_for_developer(message) for message in bent.get("messages", ())]
    return bent


def _system_for_developer(message: Json) -> Json:
    return message | {"role": "system"} if message.get("role") == "developer" else message
