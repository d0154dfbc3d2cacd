"""The providers and their quirks, as tables of what the code holds."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from docgen.probe import NAMES, table
from extproc.dialects.operation import Operation
from extproc.dialects.operations import match
from extproc.providers.profile import Profile
from extproc.providers.quirk import Quirk
from extproc.providers.quirks import QUIRKS
from extproc.providers.table import PROFILES
from extproc.translation.choice import upstream_api

_PATHS: Final = ("/v1/chat/completions", "/v1/responses", "/v1/messages")


def providers() -> str:
    """A row an id: where it is, how it authenticates, which API serves each client."""
    operations = [match("POST", path) for path in _PATHS]
    head = ["id", "host", "stands for `/v1`", "key", *(f"{NAMES[o.api]} client" for o in operations)]
    return table(head, (_provider(profile, operations) for profile in PROFILES.values()))


def _provider(profile: Profile, operations: list[Operation]) -> list[str]:
    names = " ".join(f"`{name}`" for name in (profile.id, *profile.aliases))
    host = f"`{profile.host}`" if profile.host else "from the config"
    key = "`authorization`" if profile.auth == "bearer" else f"`{profile.auth}`"
    prefix = f"`{profile.path_prefix}`" if profile.path_prefix else "nothing"
    return [names, host, prefix, key, *(_served(operation, profile) for operation in operations)]


def _served(operation: Operation, profile: Profile) -> str:
    api = upstream_api(operation, profile)
    if api is not None:
        return NAMES[api]
    return "**unchanged**" if operation.api in profile.apis else "no"


def quirks() -> str:
    """A row each."""
    head = ["provider", "models", "API", "what is done", "because it", "basis"]
    return table(head, map(_quirk, QUIRKS))


def _quirk(quirk: Quirk) -> list[str]:
    providers = ", ".join(f"`{name}`" for name in sorted(quirk.providers)) or "any"
    models = ", ".join(f"`{name}*`" for name in quirk.models if name) or "all"
    if quirk.except_models:
        models += " but " + ", ".join(f"`{name}*`" for name in quirk.except_models)
    return [providers, models, NAMES[quirk.api], "<br>".join(_deeds(quirk)), quirk.why, quirk.basis]


def _deeds(quirk: Quirk) -> Iterator[str]:
    if quirk.drops:
        yield f"without {_names(quirk.drops)}"
    if quirk.message_drops:
        yield f"without {_names(sorted(quirk.message_drops))} in messages"
    for old, new in quirk.renames.items():
        yield f"`{old}` is called `{new}`"
    for name, value in quirk.sets.items():
        yield f"`{name}` is {_json(value)}"
    for name, value in quirk.fills.items():
        yield f"`{name}` is {_json(value)} where the client says none"
    for old, new in quirk.roles.items():
        yield f"role `{old}` becomes `{new}`"
    if quirk.efforts:
        yield "`reasoning_effort`: " + ", ".join(f"`{old}` → `{new}`" for old, new in quirk.efforts.items())
    yield from _deeds_to_messages(quirk)


def _deeds_to_messages(quirk: Quirk) -> Iterator[str]:
    if quirk.refusals_said:
        yield "`refusal` is said in `content`"
    if quirk.calls_with_thought:
        yield "`reasoning_content` beside tool calls, empty if need be"
    for name, value in quirk.call_fills.items():
        yield f"`{name}` of each tool call: {_json(value)}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _json(value: object) -> str:
    return f"`{msgspec.json.encode(value).decode()}`"
