"""Which API a request is translated to."""

import pytest

from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.providers.table import PROFILES
from extproc.translation.choice import translatable, upstream_api

CALLS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
NATIVE = None


@pytest.mark.parametrize(
    ("provider", "chat", "responses", "messages"),
    [
        ("openai", NATIVE, NATIVE, Api.CHAT),
        ("anthropic", Api.MESSAGES, Api.MESSAGES, NATIVE),
        ("mistral", NATIVE, Api.CHAT, Api.CHAT),
        ("xai", NATIVE, NATIVE, Api.CHAT),
        ("chatgpt", Api.RESPONSES, NATIVE, Api.RESPONSES),
        ("amazon_bedrock", Api.CONVERSE, Api.CONVERSE, Api.CONVERSE),
        ("vercel", NATIVE, NATIVE, NATIVE),
    ],
)
def test_the_clients_own_api_is_kept_wherever_the_provider_speaks_it(
    provider: str, chat: Api | None, responses: Api | None, messages: Api | None
) -> None:
    """Those bytes pass as they are; everything else goes by the API that all of its models have."""
    profile = PROFILES[provider]
    chosen = [upstream_api(operations.match("POST", path), profile) for path in CALLS.values()]

    assert [chat, responses, messages] == chosen


@pytest.mark.parametrize("provider", PROFILES)
@pytest.mark.parametrize("path", CALLS.values(), ids=CALLS.keys())
def test_every_provider_can_be_reached_by_every_client(provider: str, path: str) -> None:
    """One API, any provider."""
    operation, profile = operations.match("POST", path), PROFILES[provider]

    assert operation.api in profile.apis or upstream_api(operation, profile) in profile.apis


OTHERS = [o for o in operations.OPERATIONS if o.path not in CALLS.values()]


@pytest.mark.parametrize("operation", OTHERS, ids=lambda o: f"{o.method} {o.path}")
def test_other_operations_are_never_translated(operation: operations.Operation) -> None:
    """There is nothing to translate them to."""
    assert not translatable(operation)
    assert {None} == {upstream_api(operation, profile) for profile in PROFILES.values()}
