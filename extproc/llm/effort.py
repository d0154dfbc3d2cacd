"""How hard a model thinks: OpenAI says it in words (effort), Anthropic and Amazon in tokens (budget)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BUDGET_TOKENS_MIN: Final = 1024
"""The smallest ``thinking.budget_tokens`` that Anthropic takes."""

ANSWER_TOKENS: Final = 1024
"""What is kept of ``max_tokens`` for the answer itself, where there is so much: the budget is spent first."""

BUDGETS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "minimal": 1_024,
        "low": 2_048,
        "medium": 8_192,
        "high": 24_576,
        "xhigh": 32_768,
        "max": 65_536,
    }
)
"""Tokens of thinking by effort, before ``max_tokens`` bounds them; ``none`` is not to think at all."""

_LOW_MAX: Final = 4_096
_MEDIUM_MAX: Final = 16_384


def budget_of(effort: str | None, output_tokens_max: int | None = None) -> int | None:
    """The budget for `effort`; less than `output_tokens_max`, as Anthropic demands.

    ``None``: no thinking, because `effort` is ``none``, not said or unknown, or because `output_tokens_max`
    leaves no room for the smallest budget.
    """
    budget = BUDGETS.get(effort or "")
    if budget is None or output_tokens_max is None:
        return budget
    if output_tokens_max <= BUDGET_TOKENS_MIN:
        return None
    return min(budget, max(BUDGET_TOKENS_MIN, output_tokens_max - ANSWER_TOKENS))


def effort_of(budget_tokens: int | None) -> str | None:
    """The effort that comes nearest: ``low``, ``medium`` or ``high``, which every reasoning model knows."""
    if budget_tokens is None:
        return None
    if budget_tokens <= _LOW_MAX:
        return "low"
    return "medium" if budget_tokens <= _MEDIUM_MAX else "high"
