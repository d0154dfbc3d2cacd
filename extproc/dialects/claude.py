"""What a Claude model takes, by the version in its name: the same rules by Messages and by Bedrock Converse.

Names differ by host (``claude-sonnet-4-5-20250929``, ``us.anthropic.claude-opus-4-6-v1``,
``claude-3-7-sonnet-latest``), the version stands in all of them. The versions at which a rule begins or ends
are gathered from what users and other clients report; a provider's refusal is the sign that one is wrong.
"""

import re
from typing import Any, Final, NamedTuple, TypeVar

from extproc.llm.effort import BUDGET_TOKENS_MIN, budget_of, effort_of
from extproc.llm.loss import Losses
from extproc.llm.request import ReasoningConfig, Request, ToolMode

Version = tuple[int, int]
_Number = TypeVar("_Number", int, float)

ADAPTIVE_SINCE: Final = (4, 6)
"""``thinking.type: adaptive`` and ``output_config.effort`` are known."""

BUDGET_UNTIL: Final = (4, 6)
"""Later models refuse ``thinking.type: enabled``, and any sampling parameter."""

ONE_SAMPLING_SINCE: Final = (4, 1)
"""``temperature`` and ``top_p`` are refused together."""

OUTPUT_TOKENS: Final[tuple[tuple[Version, int], ...]] = (((3, 7), 32_000), ((3, 5), 8_192), ((0, 0), 4_096))
"""``max_tokens`` where the client said nothing, by the lowest version: all models from there on allow it."""

OUTPUT_TOKENS_OTHER: Final = 8_192
"""The same for models that are not Claude but reached by its API."""

_VERSION: Final = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_TOP_P_MIN: Final = 0.95
"""``top_p`` beside thinking: from here to 1."""
_EFFORTS: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "max": "max"}


class Thinking(NamedTuple):
    """How the request asks for thinking."""

    thinking: dict[str, Any] | None = None
    effort: str | None = None

    @property
    def on(self) -> bool:
        """Whether the model will think."""
        return self.thinking is not None and self.thinking["type"] != "disabled"


class Sampling(NamedTuple):
    """The sampling parameters that the model takes."""

    temperature: float | None
    top_p: float | None
    top_k: int | None


def version_of(model: str) -> Version | None:
    """E.g. ``(4, 5)``; ``None``: not a Claude, or none that says."""
    found = _VERSION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else None


def is_claude(model: str) -> bool:
    """Whether the name says so."""
    return "claude" in model


def output_tokens_default(model: str) -> int:
    """``max_tokens``, which the API demands, for a client that gave none."""
    version = version_of(model)
    if version is None:
        return OUTPUT_TOKENS_OTHER
    return next(tokens for lowest, tokens in OUTPUT_TOKENS if version >= lowest)


def thinking_of(request: Request, output_tokens: int, unsigned_loop: bool, losses: Losses) -> Thinking:
    """The request's reasoning in the form that its model takes.

    Thinking is left out where the API would refuse the request for it: beside a forced tool call, and with a
    budget in the middle of a tool loop whose thinking is not here to be sent back (`unsigned_loop`).
    """
    if request.reasoning is None:
        return Thinking()
    plan = _plan(request.reasoning, request.model, output_tokens)
    if not plan.on:
        if request.reasoning.budget_tokens is not None or _wants(request.reasoning):
            losses.add("reasoning")
        return plan
    forced = request.tool_choice is not None and request.tool_choice.mode is ToolMode.REQUIRED
    budgeted = plan.thinking is not None and plan.thinking["type"] == "enabled"
    if forced or (budgeted and unsigned_loop):
        losses.add("reasoning")
        return Thinking()
    return plan


def _wants(reasoning: ReasoningConfig) -> bool:
    return not reasoning.disabled and reasoning.effort not in (None, "none")


def _plan(reasoning: ReasoningConfig, model: str, output_tokens: int) -> Thinking:
    version = version_of(model)
    if reasoning.disabled or reasoning.effort == "none":
        return Thinking({"type": "disabled"})
    asked = reasoning.adaptive or reasoning.budget_tokens is not None or reasoning.effort is not None
    if not asked:
        return Thinking()
    if version is None or version < ADAPTIVE_SINCE:
        return _budgeted(reasoning, output_tokens, keep_adaptive=version is None)
    if reasoning.budget_tokens is not None and version <= BUDGET_UNTIL:
        return _budgeted(reasoning, output_tokens, keep_adaptive=True)
    effort = reasoning.effort or effort_of(reasoning.budget_tokens)
    return Thinking({"type": "adaptive"}, _effort(effort, version))


def _budgeted(reasoning: ReasoningConfig, output_tokens: int, keep_adaptive: bool) -> Thinking:
    if reasoning.adaptive and keep_adaptive:
        return Thinking({"type": "adaptive"}, reasoning.effort)
    if reasoning.budget_tokens is None:
        budget = budget_of(reasoning.effort or "high", output_tokens)
        return Thinking({"type": "enabled", "budget_tokens": budget}) if budget else Thinking()
    budget = min(reasoning.budget_tokens, output_tokens - 1)
    if budget < BUDGET_TOKENS_MIN:
        return Thinking()
    return Thinking({"type": "enabled", "budget_tokens": budget}, reasoning.effort)


def _effort(effort: str | None, version: Version) -> str | None:
    if effort == "xhigh":
        return "xhigh" if version > BUDGET_UNTIL else "high"
    return _EFFORTS.get(effort or "")


def sampling_of(request: Request, thinks: bool, losses: Losses) -> Sampling:
    """The request's sampling parameters, less those that its model refuses."""
    temperature, top_p, top_k = request.temperature, request.top_p, request.top_k
    if temperature is not None and temperature > 1:
        losses.add("temperature")
        temperature = 1.0
    version = version_of(request.model) or (0, 0)
    if thinks or version > BUDGET_UNTIL:
        strict = version > BUDGET_UNTIL
        temperature = _unless(temperature != 1 or strict, temperature, "temperature", losses)
        top_p = _unless(strict or not _TOP_P_MIN <= (top_p or 0) <= 1, top_p, "top_p", losses)
        top_k = _unless(True, top_k, "top_k", losses)
    if temperature is not None and top_p is not None and version >= ONE_SAMPLING_SINCE:
        top_p = _unless(True, top_p, "top_p", losses)
    return Sampling(temperature, top_p, top_k)


def _unless(refused: bool, value: _Number | None, path: str, losses: Losses) -> _Number | None:
    if value is None or not refused:
        return value
    losses.add(path)
    return None
