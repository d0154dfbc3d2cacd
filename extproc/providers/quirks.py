"""Where a provider differs from the API it says it speaks: data, applied to what a translation has written.

A request in the client's own API is never touched: what the provider accepts is then between those two.
"""

from typing import Final

from extproc.dialects.api import Api
from extproc.providers.quirk import Basis, Quirk

_OPENAI: Final = frozenset({"openai", "azure_openai", "github"})
"""Those that serve OpenAI's own models by OpenAI's own checks."""

_OLD_OPENAI: Final = frozenset(
    {
        "astraflow",
        "astraflow_cn",
        "deepseek",
        "mistral",
        "ollama",
        "plano",
        "qwen",
        "together_ai",
        "zhipu",
    }
)
"""Those that know ``max_tokens`` alone."""

_IMITATIONS: Final = _OLD_OPENAI | {
    "digitalocean",
    "edenai",
    "gemini",
    "groq",
    "meta",
    "minimax",
    "moonshotai",
    "openrouter",
    "vercel",
    "xai",
    "xiaomi",
}
"""Those whose Chat Completions API is made after OpenAI's."""

_REASONING: Final = ("o1", "o3", "o4", "gpt-5", "gpt-6", "codex-")
_CHATTING: Final = tuple(f"gpt-5{minor}-chat" for minor in ("", ".1", ".2", ".3"))
"""Models of OpenAI that do not reason though they are called like those that do."""

_NOT_REASONING: Final = ("gpt-3.5", "gpt-4", "chatgpt-", *_CHATTING)

_SAMPLING: Final = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_REASONING_BACK: Final = frozenset({"reasoning_content", "reasoning_details"})
_LOW_TO_HIGH: Final = {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}

QUIRKS: Final = (
    # --- all of Chat Completions
    Quirk(
        why="speaks Chat Completions as it was before reasoning models",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=_OLD_OPENAI,
        renames={"max_completion_tokens": "max_tokens"},
    ),
    Quirk(
        why="`system` is the one word for instructions that all of its models know",
        basis=Basis.BELIEVED,
        api=Api.CHAT,
        providers=_IMITATIONS,
        roles={"developer": "system"},
    ),
    Quirk(
        why="an assistant's message has content alone",
        basis=Basis.BELIEVED,
        api=Api.CHAT,
        providers=_IMITATIONS - {"openrouter", "vercel"},
        refusals_said=True,
    ),
    # --- OpenAI's models
    Quirk(
        why="takes no reasoning back by this API",
        basis=Basis.BELIEVED,
        api=Api.CHAT,
        providers=_OPENAI,
        message_drops=_REASONING_BACK,
    ),
    Quirk(
        why="does not reason, and refuses to be told how much",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=_OPENAI,
        models=("gpt-3.5", "gpt-4", "chatgpt-", "o1-mini", "o1-preview", *_CHATTING),
        drops=("reasoning_effort",),
    ),
    Quirk(
        why="does not reason, and refuses to be told how much",
        basis=Basis.REPORTED,
        api=Api.RESPONSES,
        providers=_OPENAI,
        models=_NOT_REASONING,
        drops=("reasoning", "include"),
    ),
    Quirk(
        why="reasons, and samples as it will",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=_OPENAI,
        models=_REASONING,
        except_models=_CHATTING,
        drops=_SAMPLING,
    ),
    Quirk(
        why="reasons, and samples as it will",
        basis=Basis.DOCUMENTED,
        api=Api.RESPONSES,
        providers=_OPENAI,
        models=_REASONING,
        except_models=_CHATTING,
        drops=("temperature", "top_p"),
    ),
    Quirk(
        why="knows three efforts",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=_OPENAI,
        models=("o1", "o3", "o4"),
        efforts=_LOW_TO_HIGH,
    ),
    Quirk(
        why="the backend of a subscription stores nothing, only streams, and bounds its answers itself",
        basis=Basis.REPORTED,
        api=Api.RESPONSES,
        providers=frozenset({"chatgpt"}),
        drops=("max_output_tokens", "metadata", "service_tier", "temperature", "top_p", "user"),
        sets={"store": False, "stream": True},
        fills={"instructions": "You are a helpful assistant."},
        roles={"system": "developer"},
    ),
    # --- one provider each
    Quirk(
        why="refuses every field that it does not know, in messages too",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"groq"}),
        drops=("metadata", "service_tier", "store", "verbosity"),
        message_drops=_REASONING_BACK | {"name"},
    ),
    Quirk(
        why="does not reason, and refuses to be told how much",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"groq"}),
        except_models=("gpt-oss", "qwen3", "qwen-3"),
        drops=("reasoning_effort",),
    ),
    Quirk(
        why="knows three efforts",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"groq"}),
        models=("gpt-oss",),
        efforts=_LOW_TO_HIGH,
    ),
    Quirk(
        why="reasons or does not: `default` or `none`",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"groq"}),
        models=("qwen3", "qwen-3"),
        efforts=dict.fromkeys(("minimal", "low", "medium", "high", "xhigh", "max"), "default"),
    ),
    Quirk(
        why="refuses every field that it does not know, in messages too",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"mistral"}),
        renames={"seed": "random_seed"},
        drops=("metadata", "service_tier", "store", "stream_options", "user", "verbosity"),
        message_drops=_REASONING_BACK | {"name"},
    ),
    Quirk(
        why="does not reason, and refuses to be told how much",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"mistral"}),
        except_models=("mistral-small", "mistral-medium"),
        drops=("reasoning_effort",),
    ),
    Quirk(
        why="reasons or does not: `high` or `none`",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"mistral"}),
        models=("mistral-small", "mistral-medium"),
        efforts={"minimal": "none", **dict.fromkeys(("low", "medium", "xhigh", "max"), "high")},
    ),
    Quirk(
        why="refuses every field that it does not know",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"gemini"}),
        drops=(
            "frequency_penalty",
            "metadata",
            "presence_penalty",
            "seed",
            "service_tier",
            "store",
            "user",
            "verbosity",
        ),
        message_drops=_REASONING_BACK | {"name"},
    ),
    Quirk(
        why="does not reason, and refuses to be told how much",
        basis=Basis.BELIEVED,
        api=Api.CHAT,
        providers=frozenset({"gemini"}),
        models=("gemini-1", "gemini-2.0", "gemma"),
        drops=("reasoning_effort",),
    ),
    Quirk(
        why="knows no effort above `high`, and `minimal` by the newest models alone",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"gemini"}),
        efforts={"minimal": "low", "xhigh": "high", "max": "high"},
    ),
    Quirk(
        why="cannot but reason",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"gemini"}),
        models=("gemini-2.5-pro", "gemini-3", "gemini-4"),
        efforts={"none": "low"},
    ),
    Quirk(
        why="wants back the signature of each tool call, or to be told that there is none",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"gemini"}),
        except_models=("gemini-1", "gemini-2", "gemma"),
        call_fills={
            "extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}},
        },
    ),
    Quirk(
        why="searches by fields of its own",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"xai"}),
        drops=("web_search_options",),
    ),
    Quirk(
        why="reasons, and refuses penalties and stops",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"xai"}),
        models=("grok-3-mini", "grok-4", "grok-build", "grok-code"),
        drops=("presence_penalty", "frequency_penalty", "stop"),
    ),
    Quirk(
        why="refuses to be told how much to reason",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"xai"}),
        models=("grok-2", "grok-3", "grok-4", "grok-code"),
        except_models=("grok-3-mini", "grok-4."),
        drops=("reasoning_effort",),
    ),
    Quirk(
        why="wants its reasoning back with its tool calls",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"deepseek"}),
        calls_with_thought=True,
    ),
    Quirk(
        why="wants its reasoning back with its tool calls",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        providers=frozenset({"moonshotai"}),
        models=("kimi-",),
        calls_with_thought=True,
    ),
    Quirk(
        why="reasons, and samples as it will",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"moonshotai"}),
        models=("kimi-k2.5", "kimi-k2.6", "kimi-k2.7", "kimi-k3"),
        drops=_SAMPLING,
    ),
    Quirk(
        why="knows three efforts of its own",
        basis=Basis.DOCUMENTED,
        api=Api.CHAT,
        providers=frozenset({"moonshotai"}),
        models=("kimi-k3",),
        efforts={"none": "low", "minimal": "low", "medium": "high", "xhigh": "max"},
    ),
    Quirk(
        why="is made for one client alone",
        basis=Basis.REPORTED,
        api=Api.CHAT,
        models=("kimi-for-coding",),
        drops=("reasoning_effort", "service_tier", "store", "stream_options", "web_search_options"),
    ),
)
"""Applied in this order."""


def reasons(model: str) -> bool | None:
    """Whether it is one of OpenAI's models that reason, or that do not; ``None``: nobody has said."""
    name = model.rpartition("/")[2].removeprefix("ft:")
    if name.startswith(_NOT_REASONING):
        return False
    return True if name.startswith(_REASONING) else None


def quirks_of(provider: str, api: Api, model: str) -> tuple[Quirk, ...]:
    """The rows that hold for `model` of the profile called `provider`."""
    return tuple(quirk for quirk in QUIRKS if quirk.holds(provider, api, model))
