"""Effort in words and in tokens."""

import pytest

from extproc.llm.effort import BUDGETS, budget_of, effort_of


@pytest.mark.parametrize(
    ("effort", "output_tokens_max", "budget"),
    [
        (None, None, None),
        ("none", None, None),
        ("unknown", None, None),
        ("minimal", None, 1024),
        ("medium", None, 8192),
        ("medium", 100_000, 8192),
        ("medium", 8192, 7168),
        ("medium", 1500, 1024),
        ("minimal", 1025, 1024),
        ("medium", 1024, None),
    ],
)
def test_a_budget_fits_into_the_output(
    effort: str | None, output_tokens_max: int | None, budget: int | None
) -> None:
    assert budget == budget_of(effort, output_tokens_max)


@pytest.mark.parametrize(
    ("budget", "effort"),
    [(None, None), (1024, "low"), (4096, "low"), (10_000, "medium"), (16_384, "medium"), (31_999, "high")],
)
def test_a_budget_is_an_effort_that_all_models_know(budget: int | None, effort: str | None) -> None:
    assert effort == effort_of(budget)


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_there_and_back(effort: str) -> None:
    assert effort == effort_of(BUDGETS[effort])
