"""The table of Envoy's own replies, held to what callers rely on."""

import re

import pytest

from extproc.bootstrap.local_replies import local_replies
from extproc.bootstrap.reply_cases import CASES, Case
from extproc.bootstrap.typed import to_json

ANTHROPIC_TYPES = {
    "invalid_request_error",
    "not_found_error",
    "request_too_large",
    "timeout_error",
    "overloaded_error",
    "api_error",
}
"""Of Anthropic's error types, those that a gateway has a use for."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reason}-{case.status or case.flags}")
def test_each_case_says_something_in_terms_of_both_apis(case: Case) -> None:
    assert re.fullmatch(r"[a-z_]+", case.reason)
    assert re.fullmatch(r"[A-Z].*\.", case.message)
    assert case.anthropic in ANTHROPIC_TYPES
    assert case.openai in {"server_error", "invalid_request_error"}


def test_only_the_last_case_fits_always() -> None:
    conditions = [(case.flags, case.status, case.at_least, case.decided) for case in CASES]

    assert [len(CASES) - 1] == [
        index for index, condition in enumerate(conditions) if condition == ((), None, None, None)
    ]


def test_our_own_answers_come_first_and_are_not_changed() -> None:
    ours, *others = to_json(local_replies())["mappers"]

    assert {"filter"} == set(ours)
    assert 2 * len(CASES) == len(others)
