"""Every row of the quirks changes a request that the translation really writes; none is about nobody."""

import json
from typing import Any

import pytest

from extproc.dialects.api import Api
from extproc.providers.quirk import Quirk
from extproc.providers.quirks import QUIRKS, quirks_of
from extproc.providers.table import PROFILES
from extproc.translation.request import Crossing, translate

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
REQUEST: dict[str, Any] = {
    "model": "asked",
    "messages": [
        {"role": "developer", "content": "Be brief."},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "name": "ann", "content": "Look."},
        {"role": "assistant", "content": None, "refusal": "I will not."},
        {"role": "assistant", "content": "", "reasoning_content": "Why not?", "tool_calls": [CALL]},
        {"role": "assistant", "content": None, "tool_calls": [CALL | {"id": "call_2"}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "seen"},
        {"role": "tool", "tool_call_id": "call_2", "content": "seen"},
        {"role": "user", "content": "And?"},
    ],
    "frequency_penalty": 0.1,
    "max_completion_tokens": 100,
    "metadata": {"a": "b"},
    "presence_penalty": 0.1,
    "reasoning_effort": "medium",
    "seed": 1,
    "service_tier": "flex",
    "stop": ["END"],
    "store": True,
    "stream": True,
    "temperature": 0.5,
    "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}],
    "top_p": 0.5,
    "user": "u1",
    "verbosity": "low",
    "web_search_options": {},
}
"""All that a Chat request can say and a quirk might be about."""


def crossed(provider: str, model: str, api: Api = Api.CHAT, **changes: Any) -> Crossing:
    body = {name: value for name, value in (REQUEST | changes).items() if value is not None}
    if api is not Api.CHAT:
        del body["web_search_options"]
    return translate(json.dumps(body).encode(), Api.CHAT, api, model, PROFILES[provider])


def sent(provider: str, model: str, api: Api = Api.CHAT, **changes: Any) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(crossed(provider, model, api, **changes).body)
    return written


def probes(quirk: Quirk) -> list[dict[str, Any]]:
    """What it is said of, one of each: provider, model, and the efforts that it renames."""
    return [
        {"provider": provider, "model": f"{prefix}x", "api": quirk.api, "reasoning_effort": effort}
        for provider in sorted(quirk.providers or {"openrouter"})
        for prefix in quirk.models
        for effort in (quirk.efforts or {"medium": ""})
    ]


def ids(quirk: Quirk) -> str:
    return f"{'-'.join(sorted(quirk.providers)[:2]) or 'any'}-{quirk.why[:30]}"


def told(quirk: Quirk, written: dict[str, Any]) -> list[object]:
    """What of the row is visible in a request that was written with it."""
    messages = written["input" if quirk.api is Api.RESPONSES else "messages"]
    assistant = [message for message in messages if message.get("role") == "assistant"]
    return [
        *(name for name in quirk.drops + tuple(quirk.renames) if name in written),
        *(name for name, value in quirk.sets.items() if written.get(name) != value),
        *(name for name in quirk.fills if name not in written),
        *(name for message in messages for name in quirk.message_drops if name in message),
        *(message["role"] for message in messages if message.get("role") in quirk.roles),
        *("refusal" for message in assistant if quirk.refusals_said and "refusal" in message),
        *(
            "thought"
            for message in assistant
            if quirk.calls_with_thought and "tool_calls" in message and "reasoning_content" not in message
        ),
        *(
            name
            for message in assistant
            for call in message.get("tool_calls", ())
            for name in quirk.call_fills
            if name not in call
        ),
        *(e for e in quirk.efforts if written.get("reasoning_effort") == e != quirk.efforts[e]),
    ]


@pytest.mark.parametrize("quirk", QUIRKS, ids=ids)
def test_a_row_holds_for_whom_it_names(quirk: Quirk) -> None:
    assert quirk.providers <= PROFILES.keys()
    for probe in probes(quirk):
        assert quirk in quirks_of(probe["provider"], quirk.api, probe["model"])


@pytest.mark.parametrize("quirk", QUIRKS, ids=ids)
def test_a_row_is_obeyed(quirk: Quirk) -> None:
    for probe in probes(quirk):
        assert [] == told(quirk, sent(**probe))


@pytest.mark.parametrize("quirk", QUIRKS, ids=ids)
def test_a_row_has_an_effect(quirk: Quirk) -> None:
    """Without it, some request that it is about would be another."""
    api = quirk.api
    plain = [
        json.loads(
            translate(json.dumps(body).encode(), Api.CHAT, api, f"{prefix}x", None).body,
        )
        for prefix in quirk.models
        for effort in (quirk.efforts or {"medium": ""})
        for body in [bare(api, reasoning_effort=effort)]
    ]

    assert all(told(quirk, written) for written in plain)


def bare(api: Api, **changes: Any) -> dict[str, Any]:
    """For the Responses API without the system's first message, which becomes ``instructions`` there."""
    body = REQUEST | changes
    return {name: body[name] for name in body if api is Api.CHAT or name != "web_search_options"}


def test_each_field_that_is_left_out_is_told_unless_it_is_ours() -> None:
    crossing = crossed("mistral", "mistral-large-latest")

    expected = {
        *("messages[].name", "messages[].reasoning_content", "metadata", "reasoning_effort"),
        *("service_tier", "store", "user", "verbosity"),
    }
    assert expected == set(crossing.lost)


@pytest.mark.parametrize(
    ("provider", "model", "kept"),
    [
        ("deepseek", "deepseek-v4-pro", True),
        ("moonshotai", "kimi-k2.6", True),
        ("xiaomi", "mimo-v2.5-pro", True),
        ("zhipu", "glm-5", True),
        ("minimax", "MiniMax-M2.7", True),
        ("qwen", "qwen3-max", True),
        ("openrouter", "deepseek/deepseek-v4-pro", True),
        ("openai", "gpt-5", False),
        ("azure_openai", "my-deployment", False),
        ("github", "openai/gpt-4.1", False),
        ("groq", "openai/gpt-oss-120b", False),
        ("mistral", "mistral-large-latest", False),
        ("gemini", "gemini-3-flash-preview", False),
    ],
)
def test_reasoning_goes_back_to_those_who_take_it(provider: str, model: str, kept: bool) -> None:
    message = sent(provider, model)["messages"][4]

    assert kept == ("reasoning_content" in message)


@pytest.mark.parametrize(
    ("provider", "model", "effort"),
    [
        ("openai", "gpt-4o", None),
        ("openai", "gpt-4.1-mini", None),
        ("openai", "ft:gpt-4o-mini:org::id", None),
        ("openai", "gpt-5-chat-latest", None),
        ("openai", "gpt-5", "xhigh"),
        ("openai", "o3-mini", "high"),
        ("github", "openai/gpt-4o", None),
        ("github", "openai/o4-mini", "high"),
        ("azure_openai", "my-deployment", "xhigh"),
        ("groq", "llama-3.3-70b-versatile", None),
        ("groq", "openai/gpt-oss-20b", "high"),
        ("groq", "qwen/qwen3-32b", "default"),
        ("mistral", "codestral-latest", None),
        ("mistral", "mistral-small-latest", "high"),
        ("xai", "grok-4-fast", None),
        ("xai", "grok-4", None),
        ("xai", "grok-4.6", "xhigh"),
        ("xai", "grok-3-mini", "xhigh"),
        ("gemini", "gemini-2.0-flash", None),
        ("gemini", "gemini-3-flash-preview", "high"),
        ("moonshotai", "kimi-k3", "max"),
        ("deepseek", "deepseek-v4-pro", "xhigh"),
    ],
)
def test_an_effort_is_told_to_those_who_know_it(provider: str, model: str, effort: str | None) -> None:
    assert effort == sent(provider, model, reasoning_effort="xhigh").get("reasoning_effort")


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize(
    ("provider", "model", "known"),
    [
        ("openai", "o3", {"low", "medium", "high"}),
        ("groq", "openai/gpt-oss-120b", {"low", "medium", "high"}),
        ("groq", "qwen/qwen3-32b", {"none", "default"}),
        ("mistral", "mistral-medium-latest", {"none", "high"}),
        ("gemini", "gemini-2.5-pro", {"low", "medium", "high"}),
        ("gemini", "gemini-2.5-flash", {"none", "low", "medium", "high"}),
        ("moonshotai", "kimi-k3", {"low", "high", "max"}),
    ],
)
def test_every_effort_becomes_one_that_the_model_knows(
    provider: str, model: str, known: set[str], effort: str
) -> None:
    assert sent(provider, model, reasoning_effort=effort)["reasoning_effort"] in known


def test_what_codex_demands_is_there_whoever_asks() -> None:
    """Its backend has no use for a request without instructions, nor for one that bounds the answer."""
    body = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Hi."}]}
    crossing = translate(
        json.dumps(body).encode(), Api.MESSAGES, Api.RESPONSES, "gpt-5.5-codex", PROFILES["chatgpt"]
    )

    expected = {
        "instructions": "You are a helpful assistant.",
        "model": "gpt-5.5-codex",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}],
        "store": False,
        "stream": True,
    }
    assert expected == json.loads(crossing.body)
    assert ("max_output_tokens",) == crossing.lost


def test_a_thought_alone_leaves_an_empty_message_and_not_one_of_null() -> None:
    messages = [
        {"role": "assistant", "content": None, "reasoning_content": "Hm."},
        {"role": "user", "content": "Well?"},
    ]

    assert {"role": "assistant", "content": ""} == sent("groq", "llama", messages=messages)["messages"][0]


@pytest.mark.parametrize("content", [None, "Sorry.", [{"type": "text", "text": "Sorry."}]])
def test_a_refusal_is_said_where_it_has_no_field(content: Any) -> None:
    messages = [
        {"role": "assistant", "content": content, "refusal": "I will not."},
        {"role": "user", "content": "Well?"},
    ]
    (message, _) = sent("mistral", "mistral-large-latest", messages=messages)["messages"]

    assert "refusal" not in message
    assert "I will not." in str(message["content"])
    assert (content is None) or ("Sorry." in str(message["content"]))


def test_a_tool_call_without_a_signature_is_given_the_stand_in() -> None:
    """Gemini 3 refuses it otherwise; no other API has a place for the real one."""
    calls = sent("gemini", "gemini-3-flash-preview")["messages"][4]["tool_calls"]

    expected = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert [expected] == [call["extra_content"] for call in calls]
