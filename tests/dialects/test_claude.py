"""What a Claude model takes by its version: thinking, effort, sampling."""

import pytest

from extproc.dialects.claude import sampling_of, thinking_of, version_of
from extproc.llm.loss import Losses
from extproc.llm.request import ReasoningConfig, Request, ToolChoice, ToolMode


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("claude-3-7-sonnet-20250219", (3, 7)),
        ("claude-3-opus-20240229", (3, 0)),
        ("claude-sonnet-4-20250514", (4, 0)),
        ("claude-sonnet-4-5@20250929", (4, 5)),
        ("us.anthropic.claude-opus-4-6-v1:0", (4, 6)),
        ("anthropic/claude-4.6-opus", (4, 6)),
        ("claude-sonnet-5", (5, 0)),
        ("anthropic.claude-v2:1", None),
        ("gpt-5", None),
    ],
)
def test_the_version_is_found_in_the_name(model, version):
    assert version == version_of(model)


def budget(tokens):
    return {"type": "enabled", "budget_tokens": tokens}


ADAPTIVE = {"type": "adaptive"}
OFF = {"type": "disabled"}


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "effort", "lost"),
    [
        ("claude-sonnet-4-5", ReasoningConfig("low"), budget(2048), None, ()),
        ("claude-sonnet-4-5", ReasoningConfig("high"), budget(8976), None, ()),
        ("claude-sonnet-4-5", ReasoningConfig("none"), OFF, None, ()),
        ("claude-sonnet-4-5", ReasoningConfig("odd"), None, None, ("reasoning",)),
        ("claude-sonnet-4-5", ReasoningConfig(disabled=True), OFF, None, ()),
        ("claude-sonnet-4-5", ReasoningConfig(summary="auto"), None, None, ()),
        ("claude-opus-4-5", ReasoningConfig("medium", 4000), budget(4000), "medium", ()),
        ("claude-sonnet-4-5", ReasoningConfig(adaptive=True), budget(8976), None, ()),
        ("claude-sonnet-4-5", ReasoningConfig(budget_tokens=90_000), budget(9_999), None, ()),
        ("claude-sonnet-4-5", ReasoningConfig(budget_tokens=10), None, None, ("reasoning",)),
        ("claude-opus-4-6", ReasoningConfig("xhigh"), ADAPTIVE, "high", ()),
        ("claude-opus-4-6", ReasoningConfig("minimal"), ADAPTIVE, "low", ()),
        ("claude-opus-4-6", ReasoningConfig(budget_tokens=4000), budget(4000), None, ()),
        ("claude-opus-4-7", ReasoningConfig("xhigh"), ADAPTIVE, "xhigh", ()),
        ("claude-sonnet-5", ReasoningConfig(budget_tokens=4000), ADAPTIVE, "low", ()),
        ("kimi-k2", ReasoningConfig("medium"), budget(8192), None, ()),
        ("kimi-k2", ReasoningConfig("max", adaptive=True), ADAPTIVE, "max", ()),
    ],
)
def test_reasoning_takes_the_form_that_the_model_knows(model, reasoning, thinking, effort, lost):
    losses = Losses()
    plan = thinking_of(Request(model, (), reasoning=reasoning), 10_000, False, losses)
    assert (thinking, effort, lost) == (plan.thinking, plan.effort, losses.paths)


def test_no_thinking_without_room_for_the_smallest_budget():
    losses = Losses()
    request = Request("claude-sonnet-4-5", (), reasoning=ReasoningConfig("low"))
    assert (None, ("reasoning",)) == (thinking_of(request, 1024, False, losses).thinking, losses.paths)


def test_no_thinking_beside_a_forced_tool_call():
    losses = Losses()
    choice = ToolChoice(ToolMode.REQUIRED)
    request = Request("claude-opus-4-6", (), tool_choice=choice, reasoning=ReasoningConfig("low"))
    assert (None, ("reasoning",)) == (thinking_of(request, 9000, False, losses).thinking, losses.paths)


@pytest.mark.parametrize(("model", "on"), [("claude-sonnet-4-5", False), ("claude-opus-4-6", True)])
def test_no_budget_in_a_tool_loop_whose_thinking_is_gone(model, on):
    request = Request(model, (), reasoning=ReasoningConfig("low"))
    assert on is thinking_of(request, 9000, True, Losses()).on


@pytest.mark.parametrize(
    ("model", "thinks", "asked", "expected"),
    [
        ("claude-3-5-haiku-latest", False, (0.5, 0.9, 5), (0.5, 0.9, 5)),
        ("claude-sonnet-4-5", False, (0.5, 0.9, 5), (0.5, None, 5)),
        ("claude-sonnet-4-5", False, (2.0, None, None), (1.0, None, None)),
        ("claude-sonnet-4-5", True, (0.5, 0.9, 5), (None, None, None)),
        ("claude-sonnet-4-5", True, (1.0, None, None), (1.0, None, None)),
        ("claude-sonnet-4-5", True, (None, 0.97, None), (None, 0.97, None)),
        ("claude-opus-4-7", False, (1.0, 0.99, 5), (None, None, None)),
    ],
)
def test_sampling_that_the_model_refuses_is_left_out(model, thinks, asked, expected):
    losses = Losses()
    temperature, top_p, top_k = asked
    request = Request(model, (), temperature=temperature, top_p=top_p, top_k=top_k)
    assert expected == tuple(sampling_of(request, thinks, losses))
    names = zip(("temperature", "top_p", "top_k"), asked, expected, strict=True)
    assert {name for name, was, now in names if was != now} == set(losses.paths)
