"""Where a provider differs from the API it says it speaks: data, applied to what a translation has written.

A request in the client's own API is never touched: what the provider accepts is then between those two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extproc.dialects.api import Api


@dataclass(frozen=True, slots=True)
class Quirk:
    """Holds for requests to one of `providers` in `api` for a model whose id begins with one of `models`."""

    why: str
    api: Api
    providers: frozenset[str] = frozenset()
    """Profile ids; empty: all."""
    models: tuple[str, ...] = ("",)
    renames: Mapping[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    """Fields that are refused; leaving them out is told as a loss."""
    sets: Mapping[str, Any] = field(default_factory=dict)
    """Fields that must have this value."""
    efforts: Mapping[str, str] = field(default_factory=dict)
    """Values of ``reasoning_effort`` that are known by another name."""
    system_only: bool = False
    """The role ``developer`` is unknown: ``system`` takes its place."""


_OLD_OPENAI: Final = frozenset(
    {
        "astraflow",
        "astraflow_cn",
        "deepseek",
        "meta",
        "minimax",
        "mistral",
        "moonshotai",
        "ollama",
        "plano",
        "qwen",
        "together_ai",
        "xiaomi",
        "zhipu",
    }
)

QUIRKS: Final = (
    Quirk(
        why="speaks Chat Completions as it was before reasoning models",
        api=Api.CHAT,
        providers=_OLD_OPENAI,
        renames={"max_completion_tokens": "max_tokens"},
        system_only=True,
    ),
    Quirk(
        why="has no field for the end user",
        api=Api.CHAT,
        providers=frozenset({"mistral"}),
        drops=("user", "store", "metadata", "service_tier", "stream_options"),
    ),
    Quirk(
        why="sampling of reasoning models is fixed",
        api=Api.CHAT,
        providers=frozenset({"openai", "azure_openai"}),
        models=("o1", "o3", "o4", "gpt-5"),
        drops=("temperature", "top_p", "presence_penalty", "frequency_penalty"),
    ),
    Quirk(
        why="sampling of reasoning models is fixed",
        api=Api.RESPONSES,
        providers=frozenset({"openai", "azure_openai"}),
        models=("o1", "o3", "o4", "gpt-5"),
        drops=("temperature", "top_p"),
    ),
    Quirk(
        why="searches by fields of its own",
        api=Api.CHAT,
        providers=frozenset({"xai"}),
        drops=("web_search_options",),
    ),
    Quirk(
        why="sampling is fixed, and three efforts are known",
        api=Api.CHAT,
        providers=frozenset({"moonshotai"}),
        models=("kimi-k3",),
        drops=("temperature", "top_p", "n", "presence_penalty", "frequency_penalty"),
        efforts={
            "none": "low",
            "minimal": "low",
            "low": "low",
            "medium": "high",
            "high": "high",
            "max": "max",
        },
    ),
    Quirk(
        why="is made for one client alone",
        api=Api.CHAT,
        models=("kimi-for-coding",),
        drops=("stream_options", "reasoning_effort", "web_search_options", "service_tier", "store"),
    ),
    Quirk(
        why="the backend of a subscription stores nothing, and only streams",
        api=Api.RESPONSES,
        providers=frozenset({"chatgpt"}),
        sets={"store": False, "stream": True},
    ),
)
"""Applied in this order."""


def quirks_of(provider: str, api: Api, model: str) -> tuple[Quirk, ...]:
    """The rows that hold for `model` of the profile called `provider`."""
    return tuple(
        quirk
        for quirk in QUIRKS
        if quirk.api is api
        and (not quirk.providers or provider in quirk.providers)
        and model.startswith(quirk.models)
    )
