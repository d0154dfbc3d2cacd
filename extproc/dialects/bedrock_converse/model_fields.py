"""``additionalModelRequestFields``: what model families on Bedrock take beside the common parameters.

Anthropic   ``top_k``, ``thinking``, ``output_config.effort``
Amazon Nova ``inferenceConfig.topK``; Nova 2 ``reasoningConfig``
Mistral     ``top_k``
Cohere      ``k``
OpenAI      ``reasoning_effort``
"""

from typing import Any, Final

from extproc.dialects.claude import Thinking, is_claude
from extproc.llm.effort import effort_of
from extproc.llm.loss import Losses
from extproc.llm.request import ReasoningConfig, Request

Json = dict[str, Any]

_TOP_K: Final = (("claude", "top_k"), ("mistral.", "top_k"), ("cohere.", "k"))
"""By a piece of the model's name: the field of ``top_k``."""

_EFFORTS: Final = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}


def additional_fields(request: Request, thinking: Thinking, top_k: int | None, losses: Losses) -> Json:
    """The fields; empty when the request needs none."""
    fields = _reasoning(request, thinking, losses)
    if top_k is not None:
        fields |= _top_k(request.model, top_k, losses)
    return fields


def _top_k(model: str, top_k: int, losses: Losses) -> Json:
    if "amazon.nova" in model:
        return {"inferenceConfig": {"topK": top_k}}
    for piece, field in _TOP_K:
        if piece in model:
            return {field: top_k}
    losses.add("top_k")
    return {}


def _reasoning(request: Request, thinking: Thinking, losses: Losses) -> Json:
    model, reasoning = request.model, request.reasoning
    if reasoning is None:
        return {}
    if is_claude(model):
        said: Json = {"thinking": thinking.thinking} if thinking.thinking else {}
        return said | ({"output_config": {"effort": thinking.effort}} if thinking.effort else {})
    effort = _effort(reasoning)
    if effort and "openai." in model:
        return {"reasoning_effort": effort}
    if effort and "amazon.nova-2" in model:
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": effort}}
    if effort:
        losses.add("reasoning")
    return {}


def _effort(reasoning: ReasoningConfig) -> str | None:
    """``low``, ``medium`` or ``high``; ``None``: no reasoning is asked for."""
    if reasoning.disabled:
        return None
    if reasoning.effort is None and reasoning.adaptive:
        return "medium"
    return _EFFORTS.get(reasoning.effort or effort_of(reasoning.budget_tokens) or "")
