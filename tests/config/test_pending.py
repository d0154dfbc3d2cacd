"""Keys that are accepted and do nothing are named."""

from typing import Any

import pytest

from extproc.config.explain import models_at
from extproc.config.pending import INERT, PENDING, Row, warn
from extproc.config.problems import Report
from tests.config.reading import plus, warnings, with_listeners

NOT_YET = "is accepted, but does nothing yet"


@pytest.mark.parametrize("row", [*PENDING, *INERT], ids=lambda row: row.path)
def test_every_row_names_a_key_that_exists(row: Row) -> None:
    """A row for a key that was renamed would never warn."""
    steps = row.path.replace("[]", "").split(".")

    assert any(steps[-1] in model.model_fields for model in models_at(tuple(steps[:-1])))


def nested(path: str, value: Any) -> Any:
    for step in reversed(path.replace("[]", ".[]").split(".")):
        value = [value] if step == "[]" else {step: value}
    return value


@pytest.mark.parametrize("row", [*PENDING, *INERT], ids=lambda row: row.path)
def test_every_row_warns(row: Row) -> None:
    """By key path."""
    report = Report("c")
    warn(nested(row.path, row.values[0] if row.values else "something"), report)

    expected = (row.path.replace("[]", "[0]"), row.message)
    assert expected in [(problem.path, problem.message) for problem in report.warnings]


@pytest.mark.parametrize("value", [None, False, [], {}])
def test_a_key_that_says_nothing_is_not_warned_of(value: Any) -> None:
    """An empty list of filters is no filter."""
    report = Report("c")
    warn({"listeners": [{"input_filters": value}], "routing": value}, report)

    assert {} == report.warnings


def test_one_key_in_many_places_is_one_warning() -> None:
    """With the other lines beside it."""
    text = with_listeners(
        """
        - {name: a, type: model, address: 127.0.0.1, input_filters: [f]}
        - {name: b, type: model, address: 127.0.0.1, port: 1}
        - {name: c, type: model, address: 127.0.0.1, port: 2, input_filters: [f]}
        """,
        "filters: [{id: f, type: pii}]",
    )

    assert [
        f"4: listeners[0].input_filters: {NOT_YET} (also in line 6)",
        f"7: filters: {NOT_YET}",
    ] == warnings(text)


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ("tracing: {random_sampling: 100}", [f"4: tracing: {NOT_YET}"]),
        ("overrides: {fallback: auto}", []),
        ("overrides: {fallback: off}", []),
        ("overrides: {upstream_connect_timeout: 1s}", []),
        ("prompt_caching: {enabled: true}", []),
        ("routing: {session_cache: {type: memory}, session_ttl_seconds: 60}", []),
        ("routing: {session_cache: {type: redis, url: 'redis://x'}}", []),
        ("overrides: {llm_routing_model: gpt-4o, router_timeout: 1s}", []),
        ("routing_preferences: [{name: n, description: d, models: [gpt-4o]}]", []),
        (
            "tracing: {trace_arch_internal: true}",
            [f"4: tracing: {NOT_YET}", "4: tracing.trace_arch_internal: has no effect"],
        ),
        (
            "prompt_guards: {input_guards: {jailbreak: {on_exception: {message: Sorry.}}}}",
            [f"4: prompt_guards: {NOT_YET}"],
        ),
        ("state_storage: {type: memory}", []),
        ("state_storage: {type: sqlite, path: state.db}", []),
        ("routing: {session_cache: {type: sqlite, path: state.db}}", []),
        ("state_storage: {type: redis, url: 'redis://x'}", []),
        ("state_storage: {type: postgres, connection_string: 'postgresql://x'}", []),
        ("model_aliases: {fast: {target: gpt-4o}}", []),
    ],
)
def test_what_is_said_of_a_section(section: str, found: list[str]) -> None:
    """What works is not mentioned."""
    assert found == warnings(plus(section))


def test_listeners_that_are_not_served_yet_are_named() -> None:
    """Beside a model listener, which is."""
    text = with_listeners(
        """
        - {name: m, type: model, address: 127.0.0.1}
        - {name: x, type: prompt, port: 8001}
        """
    )

    assert ["5: listeners[1].type: listeners of this type are not served yet"] == warnings(text)


def test_old_names_of_sections_are_warned_of_too() -> None:
    """``llm_providers`` is ``model_providers``."""
    report = Report("c")
    warn({"llm_providers": [{"retry_policy": {"on_timeout": {"max_attempts": 1}}}]}, report)

    assert ["llm_providers[0].retry_policy.on_timeout"] == [problem.path for problem in report.warnings]
