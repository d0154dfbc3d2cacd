"""``usage``, both ways."""

from typing import Any

from extproc.llm.response import Usage

Json = dict[str, Any]


def read(usage: object) -> Usage | None:
    """The count of tokens, wherever a provider puts the details; ``None`` when there is none.

    ``total_tokens`` decides: xAI and Gemini count reasoning in it and not in ``completion_tokens``.
    """
    if not isinstance(usage, dict) or not ("prompt_tokens" in usage or "completion_tokens" in usage):
        return None
    prompt, completion = _details(usage, "prompt_tokens"), _details(usage, "completion_tokens")
    total, outputs = _count(usage, "total_tokens"), _count(usage, "completion_tokens")
    inputs = _count(usage, "prompt_tokens") if "prompt_tokens" in usage else max(0, total - outputs)
    return Usage(
        input_tokens=inputs,
        output_tokens=max(outputs, total - inputs),
        cache_read_tokens=_count(prompt, "cached_tokens")
        or _count(usage, "cached_tokens")  # Moonshot
        or _count(usage, "prompt_cache_hit_tokens")  # DeepSeek
        or _count(usage, "cache_read_input_tokens"),  # servers in front of Anthropic's models
        cache_creation_tokens=_count(prompt, "cache_write_tokens")
        or _count(prompt, "cache_creation_tokens")
        or _count(usage, "cache_creation_input_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens") or _count(usage, "reasoning_tokens"),
    )


def _details(usage: Json, key: str) -> Json:
    details = usage.get(f"{key}_details")
    return details if isinstance(details, dict) else {}


def _count(counts: Json, key: str) -> int:
    value = counts.get(key)
    return int(value) if isinstance(value, int | float) and 0 <= value < 2**53 else 0


def write(usage: Usage) -> Json:
    """OpenAI's form of it."""
    prompt = {"cached_tokens": usage.cache_read_tokens, "audio_tokens": 0}
    if usage.cache_creation_tokens:
        prompt["cache_write_tokens"] = usage.cache_creation_tokens
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": prompt,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
